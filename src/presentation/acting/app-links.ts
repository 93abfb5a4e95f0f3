import { LABEL_PLACEHOLDER, type LinkPlaceholder, type LinkTemplate } from '../../model/apps/links.ts'
import type { AppReport } from '../../model/fleet.ts'
import { withoutUserInfo } from '../../model/sources/repository-url.ts'
import { matchesName } from '../../text/star-pattern.ts'
import { commitUrl, compareUrl, encodePath, repositoryPlace } from './repository-pages.ts'
import { matchersText, silenceMatchers } from './silence.ts'

export interface AppLink {
  readonly name: string
  readonly url: string
}

/** What the page of an app links to: the commits at servers that are known, then what the config says. */
export function appLinks(report: AppReport, templates: readonly LinkTemplate[]): readonly AppLink[] {
  const { summary } = report
  const [source] = summary.sources
  const [commit, applied] = [commitOf(report), report.appliedCommit]
  const url = source?.url ?? ''
  const known = [
    { name: 'Commit', url: commit && commitUrl(url, commit) },
    { name: 'What is not applied', url: commit && applied && compareUrl(url, applied, commit) },
  ]
  const values = valuesOf(report)
  const configured = templates
    .filter(({ controllers }) => controllers === undefined || controllers.includes(summary.controller))
    .filter(({ repositories }) => repositories === undefined || matchesName(repositories, withoutUserInfo(url)))
    .map((template) => ({ name: template.name, url: fillLink(template.url, values) }))
  return [...known, ...configured].flatMap(({ name, url }) => (url === undefined || url === '' ? [] : [{ name, url }]))
}

/** Values of placeholders by their names; '' where there is none. */
export type LinkValues = (placeholder: string) => string

/**
 * The URL with its placeholders filled in, percent-encoded, so that no value ends the part that it stands in. Undefined where one has no value, or
 * one that a browser would take for a way up.
 */
export function fillLink(template: string, values: LinkValues): string | undefined {
  let isComplete = true
  const url = template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const value = values(name)
    const encoded = value === '' ? undefined : encodePath(value)
    if (encoded === undefined) isComplete = false
    return KEEP_SLASHES.has(name) ? (encoded ?? '') : (encoded ?? '').replaceAll('/', '%2F')
  })
  return isComplete ? url : undefined
}

/** Their slashes are those of a URL. */
const KEEP_SLASHES: ReadonlySet<string> = new Set<LinkPlaceholder>(['repositoryPath', 'path', 'revision'])

function valuesOf(report: AppReport): LinkValues {
  const { summary, appliedCommit = '' } = report
  const [source] = summary.sources
  const commit = commitOf(report) ?? ''
  const values: Readonly<Record<LinkPlaceholder, string>> = {
    app: summary.name,
    namespace: summary.namespace,
    kind: summary.kind,
    controller: summary.controller,
    project: summary.project,
    cluster: summary.destination,
    destinationNamespace: summary.destinationNamespace,
    repository: source === undefined ? '' : withoutUserInfo(source.url),
    repositoryPath: source === undefined ? '' : (repositoryPlace(source.url)?.path ?? ''),
    path: (source?.path ?? '').replace(/^(?:\.?\/)+/, ''),
    revision: source?.targetRevision ?? '',
    commit,
    previousCommit: appliedCommit === commit ? '' : appliedCommit,
    matchers: matchersText(silenceMatchers(summary)),
  }
  const byName = new Map<string, string>(Object.entries(values))
  const labels = new Map(Object.entries(summary.labels))
  return (name) =>
    (name.startsWith(LABEL_PLACEHOLDER) ? labels.get(name.slice(LABEL_PLACEHOLDER.length)) : byName.get(name)) ?? ''
}

function commitOf({ verdict }: AppReport): string | undefined {
  return verdict.revisions[0]?.commit
}
