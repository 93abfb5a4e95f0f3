import type { Controller } from '../identity.ts'

/** A link of the config on the pages of apps: a URL with placeholders. */
export interface LinkTemplate {
  readonly name: string
  /** Scheme and host are those of the file; placeholders stand behind them. */
  readonly url: string
  /** Apps of these controllers only; absent: of all. */
  readonly controllers?: readonly Controller[]
  /** Apps whose first source has a URL like one of these, `*` standing for any text; absent: all. */
  readonly repositories?: readonly string[]
}

/** What stands in braces in a link, and what it is. Where an app has no such thing, the link is left out. */
export const LINK_PLACEHOLDERS = {
  app: 'name of the app',
  namespace: 'namespace that it is declared in',
  kind: 'such as `Application`',
  controller: '`argocd`, `flux`, `helm` or `static`',
  project: 'project of the app',
  cluster: 'name of the destination cluster',
  destinationNamespace: 'namespace of the destination',
  repository: 'URL of the first source, without user info',
  repositoryPath: 'its path on its server, without `.git`',
  path: 'folder in the repository',
  revision: 'branch or tag that is followed',
  commit: 'commit that Git is at',
  previousCommit: 'commit that was applied, where it is another one',
  matchers: 'the labels of its alerts, `{app_name="shop",…}`, as Alertmanager’s form takes them',
} as const
export type LinkPlaceholder = keyof typeof LINK_PLACEHOLDERS

/** `{label:team}` is the value of that label of the app. */
export const LABEL_PLACEHOLDER = 'label:'

/** Placeholders of a URL, without their braces. */
export function placeholdersOf(url: string): readonly string[] {
  return [...url.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
}
