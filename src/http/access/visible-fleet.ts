import { ERRORS } from '../../model/errors.ts'
import type { Failure } from '../../model/failure.ts'
import {
  type AppReport,
  type ClusterReport,
  type DestinationApps,
  type Fleet,
  recountDestinations,
} from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { RepositoryStatus } from '../../model/sources/git.ts'
import type { Viewer } from './viewer.ts'

/**
 * The fleet as one asker sees it: his apps, and the clusters and repositories that these are of. What is said of those is told by its code
 * alone, since its words may name what is of others; problems, which concern whom nobody knows, are not told at all. Takes time by the number of
 * apps, and none for him who sees everything.
 */
export function visibleFleet(fleet: Fleet, viewer: Viewer): Fleet {
  if (viewer.seesEverything) return fleet
  const apps = new Map<AppId, AppReport>()
  const destinations = new Map<string, DestinationApps>()
  const clusterNames = new Set<string>()
  const urls = new Set<string>()
  const origins = new Set<string>()
  for (const [id, report] of fleet.apps) {
    const { summary } = report
    if (!viewer.sees(summary)) continue
    apps.set(id, report)
    recountDestinations(destinations, undefined, report)
    origins.add(`${summary.controller} ${summary.declaredIn}`)
    clusterNames.add(summary.destination).add(summary.declaredIn)
    for (const { url } of summary.sources) urls.add(url)
  }
  const clusters = [...fleet.clusters].filter(([name]) => clusterNames.has(name))
  const repositories = [...fleet.repositories].filter(([, { url }]) => urls.has(url))
  return {
    apps,
    destinations,
    clusters: new Map(clusters.map(([name, report]) => [name, visibleCluster(report)])),
    repositories: new Map(repositories.map(([id, status]) => [id, visibleRepository(status)])),
    problems: [],
    applicationSets: [],
    sources: fleet.sources && {
      ...fleet.sources,
      reports: fleet.sources.reports.filter(({ controller, declaredIn }) => origins.has(`${controller} ${declaredIn}`)),
    },
    lastPassEndedAt: fleet.lastPassEndedAt,
    firstPassEndedAt: fleet.firstPassEndedAt,
    subscribe: () => {
      throw new Error('nobody is told of changes by what was seen once')
    },
  }
}

function visibleCluster({ labels, status: { failure, ...status } }: ClusterReport): ClusterReport {
  return { labels, status: { ...status, ...(failure !== undefined && { failure: codeAlone(failure) }) } }
}

function visibleRepository({ failure, ...status }: RepositoryStatus): RepositoryStatus {
  return { ...status, ...(failure !== undefined && { failure: codeAlone(failure) }) }
}

function codeAlone({ code }: Failure): Failure {
  return { code, message: ERRORS[code].summary }
}
