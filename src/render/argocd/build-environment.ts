import type { RenderSource } from '../../model/sources/rendering.ts'
import type { ArgoSourceOptions } from '../../model/sources/source.ts'

/** Argo CD's build environment: `$ARGOCD_APP_NAME` and the like in parameters, images, labels, value file names. */
export interface BuildEnvironment {
  substitute(text: string): string
  /** A variable that holds the commit was substituted. */
  usedCommit(): boolean
}

export function buildEnvironment(source: RenderSource, options: ArgoSourceOptions): BuildEnvironment {
  const commit = source.tree.commit
  const variables: ReadonlyMap<string, string> = new Map([
    ['ARGOCD_APP_NAME', options.appName],
    ['ARGOCD_APP_NAMESPACE', options.namespace],
    ['ARGOCD_APP_PROJECT_NAME', options.project ?? ''],
    ['ARGOCD_APP_REVISION', commit],
    ['ARGOCD_APP_REVISION_SHORT', commit.slice(0, 7)],
    ['ARGOCD_APP_REVISION_SHORT_8', commit.slice(0, 8)],
    ['ARGOCD_APP_SOURCE_REPO_URL', source.url],
    ['ARGOCD_APP_SOURCE_PATH', source.path],
    ['ARGOCD_APP_SOURCE_TARGET_REVISION', source.targetRevision],
  ])
  let usedCommit = false
  return {
    substitute: (text) =>
      expand(text, (name) => {
        if (name.startsWith('ARGOCD_APP_REVISION')) usedCommit = true
        // `$$` is an escaped dollar.
        return name === '$' ? '$' : (variables.get(name) ?? '')
      }),
    usedCommit: () => usedCommit,
  }
}

/**
 * Go's os.Expand: `$name`, `${name}`, and one special character or digit after the dollar. A dollar before anything else stays;
 * broken braces are swallowed.
 */
const VARIABLE = /\$(?:\{([^}]*)\}|\{|([*#$@!?\-0-9])|([A-Za-z_][A-Za-z0-9_]*))/g

function expand(text: string, lookup: (name: string) => string): string {
  return text.replace(VARIABLE, (_match, braced?: string, special?: string, name?: string) => {
    const variable = braced ?? special ?? name ?? ''
    return variable === '' ? '' : lookup(variable)
  })
}
