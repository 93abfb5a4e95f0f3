import type { Failure } from '../model/failure.ts'
import { type AppReport, awaitsVerdict, type Fleet } from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import { withoutUserInfo } from '../model/sources/repository-url.ts'
import { type AlikeGroup, alikeGroups } from './alike-apps.ts'

export const INCIDENT_KINDS = ['config', 'discovery', 'cluster', 'repository', 'failure', 'drift'] as const
export type IncidentKind = (typeof INCIDENT_KINDS)[number]

/** One cause, and the apps that it explains. */
export interface Incident {
  /** The same while it lasts: it can stand in a URL. */
  readonly id: string
  readonly kind: IncidentKind
  /** The cluster, the repository, the controller, or what the apps have in common. */
  readonly subject: string
  /** What happened: `repository https://… is unreachable`. */
  readonly what: string
  /** Since when, Unix seconds, where that is known. */
  readonly since?: number
  readonly failure?: Failure
  /** Those whose status it explains, by name. An app is of one incident at most. */
  readonly apps: readonly AppReport[]
}

export interface IncidentsInput extends Pick<Fleet, 'apps' | 'clusters' | 'repositories' | 'sources'> {
  /** Why the config that is in the file was refused, and when, Unix seconds. */
  readonly refusedConfig?: { readonly failure: Failure; readonly at: number }
}

/**
 * What is wrong with many apps at once, one entry a cause, in the order in which it should be looked at. A cluster and a repository that do not
 * answer are incidents even if no app suffers yet. Takes time by the number of apps.
 */
export function findIncidents(input: IncidentsInput): readonly Incident[] {
  const unexplained = new Map<AppId, AppReport>()
  for (const report of input.apps.values())
    if (report.verdict.outcome.status !== 'Synced') unexplained.set(report.summary.id, report)
  const take = (reports: readonly AppReport[]): readonly AppReport[] => {
    for (const { summary } of reports) unexplained.delete(summary.id)
    return reports.toSorted(byName)
  }
  const downs = [...clusterIncidents(input), ...repositoryIncidents(input)]
  const explained = new Map<Down, AppReport[]>(downs.map((down) => [down, []]))
  const finder = downFinder(downs)
  for (const report of unexplained.values()) {
    const down = finder(report)
    if (down !== undefined) explained.get(down)?.push(report)
  }
  return [
    ...configIncidents(input),
    ...discoveryIncidents(input),
    ...[...explained]
      .map(([{ incident }, apps]): Incident => ({ ...incident, apps: take(apps) }))
      .toSorted((one, other) => other.apps.length - one.apps.length || compare(one.id, other.id)),
    ...alikeGroups(unexplained.values()).map(
      (group): Incident => ({ ...groupIncident(group), apps: take(group.apps) }),
    ),
  ]
}

/** By the app, the incident that explains its status. */
export function incidentOfApps(incidents: readonly Incident[]): ReadonlyMap<AppId, Incident> {
  return new Map(incidents.flatMap((incident) => incident.apps.map(({ summary }) => [summary.id, incident] as const)))
}

/** `300 apps are not judged`, `12 apps are out of sync`; undefined where no app suffers. */
export function sufferingText({ apps }: Pick<Incident, 'apps'>): string | undefined {
  const [first] = apps
  if (first === undefined) return undefined
  const isOne = apps.length === 1
  const verb =
    first.verdict.outcome.status === 'Unknown'
      ? isOne
        ? 'is not judged'
        : 'are not judged'
      : isOne
        ? 'is out of sync'
        : 'are out of sync'
  return `${apps.length} ${isOne ? 'app' : 'apps'} ${verb}`
}

type Bare = Omit<Incident, 'apps'>

interface Down {
  readonly incident: Bare
  readonly cluster?: string
  readonly repository?: string
}

function configIncidents({ refusedConfig }: IncidentsInput): readonly Incident[] {
  if (refusedConfig === undefined) return []
  const { failure, at } = refusedConfig
  const what = 'the config file was refused: the one before goes on'
  return [{ id: 'config', kind: 'config', subject: failure.file ?? 'config', what, since: at, failure, apps: [] }]
}

function discoveryIncidents({ sources }: IncidentsInput): readonly Incident[] {
  return (sources?.reports ?? [])
    .filter(({ up }) => !up)
    .map(({ controller, declaredIn }) => {
      const subject = declaredIn === '' ? controller : `${controller} in ${declaredIn}`
      return {
        id: `discovery:${controller}:${declaredIn}`,
        kind: 'discovery',
        subject,
        what: `apps of ${subject} are not all known`,
        apps: [],
      }
    })
}

function clusterIncidents({ clusters }: IncidentsInput): readonly Down[] {
  return [...clusters.values()].flatMap(({ status: { name, up, failure, lastContact } }) => {
    if (up || failure === undefined) return []
    const what = `cluster ${name} ${UNREACHABLE.has(failure.code) ? 'is unreachable' : 'cannot be read'}`
    return [
      {
        cluster: name,
        incident: { id: `cluster:${name}`, kind: 'cluster', subject: name, what, failure, ...sinceOf(lastContact) },
      },
    ]
  })
}

/** Several mirrors may have one URL, with other credentials each: they are one incident. */
function repositoryIncidents({ repositories }: IncidentsInput): readonly Down[] {
  const byUrl = new Map<string, Down>()
  for (const { url, up, failure, lastContact } of repositories.values()) {
    if (up || failure === undefined || byUrl.has(url)) continue
    const subject = withoutUserInfo(url)
    const what = `repository ${subject} ${UNREACHABLE.has(failure.code) ? 'is unreachable' : 'cannot be read'}`
    byUrl.set(url, {
      repository: url,
      incident: { id: `repository:${subject}`, kind: 'repository', subject, what, failure, ...sinceOf(lastContact) },
    })
  }
  return [...byUrl.values()]
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  'GDE_CLUSTER_UNREACHABLE',
  'GDE_GIT_UNREACHABLE',
  'GDE_SOURCE_UNREACHABLE',
  'GDE_TIMEOUT',
])

/** Which of those that are down explains why an app is Unknown: the one that its reason names, else one that it is of. */
function downFinder(downs: readonly Down[]): (report: AppReport) => Down | undefined {
  const clusters = new Map(downs.flatMap((down) => (down.cluster === undefined ? [] : [[down.cluster, down] as const])))
  const repositories = new Map(
    downs.flatMap((down) => (down.repository === undefined ? [] : [[down.repository, down] as const])),
  )
  return (report) => {
    const { outcome } = report.verdict
    if (outcome.status !== 'Unknown') return undefined
    const { summary } = report
    const { code, cluster, repository } = outcome.reason
    if (repository !== undefined && repositories.has(repository)) return repositories.get(repository)
    if (cluster !== undefined && clusters.has(cluster)) return clusters.get(cluster)
    const ofRepository = (): Down | undefined => {
      const source = summary.sources.find(({ url }) => repositories.has(url))
      return source === undefined ? undefined : repositories.get(source.url)
    }
    if (/^GDE_(GIT|SOURCE|CHART)_/.test(code)) return ofRepository()
    if (/^GDE_CLUSTER_/.test(code)) return clusters.get(summary.destination)
    // Nothing was tried yet, or it is too old: whatever is down is why.
    if (code === 'GDE_STALE' || code === 'GDE_TIMEOUT' || awaitsVerdict(report))
      return clusters.get(summary.destination) ?? ofRepository()
    return undefined
  }
}

function groupIncident({ id, kind, what, failure, since }: AlikeGroup): Bare {
  return {
    id,
    kind,
    subject: what,
    what,
    ...(failure !== undefined && { failure }),
    ...(since !== undefined && { since }),
  }
}

function sinceOf(at: number | undefined): { readonly since?: number } {
  return at === undefined ? {} : { since: at }
}

function byName({ summary: one }: AppReport, { summary: other }: AppReport): number {
  return compare(one.name, other.name) || compare(one.id, other.id)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
