import { selectorMatches, selectorText } from '../../kubernetes/selector.ts'
import type { App } from '../../model/apps/app.ts'
import type { ClusterSpec, Inventory, Problem, RepositorySpec } from '../../model/apps/inventory.ts'
import type { Failure } from '../../model/failure.ts'
import { type AppIdentity, appId } from '../../model/identity.ts'
import type { AppSettings, DestinationSettings, Settings, SourceSettings } from '../../model/settings.ts'
import type { RepositoryLocation } from '../../model/sources/repository-url.ts'
import type { RepositoryId, Source } from '../../model/sources/source.ts'
import { type RepositoryResolution, resolveRepository } from '../repositories/repository-spec.ts'

/**
 * The inventory of the config file alone. Repositories are those that an app uses, each once for its fetch URL and
 * credentials.
 * @param clusters those that destinations may name: the file's own, and later those that discovery finds
 */
export function staticInventory(settings: Settings, clusters: readonly ClusterSpec[] = settings.clusters): Inventory {
  const repositories = new Map<RepositoryId, RepositorySpec>()
  // One person writes the file, and means one repository by spellings that differ in `.git`.
  const resolutions = new Map<string, RepositoryResolution>()
  const resolveUrl = (url: RepositoryLocation): RepositoryResolution => {
    const resolution = resolutions.get(url.name) ?? resolveRepository(url, settings)
    resolutions.set(url.name, resolution)
    if ('spec' in resolution && !repositories.has(resolution.spec.id))
      repositories.set(resolution.spec.id, resolution.spec)
    return resolution
  }
  const apps: App[] = []
  const known = new Set(clusters.map(({ name }) => name))
  const problems: Problem[] = [...settings.metrics.problems]
  for (const app of settings.apps) {
    const names = destinationClusters(app.destination, clusters)
    const common = commonParts(app, resolveUrl)
    apps.push(...names.map((name) => staticApp(app, name, known, common)))
    if (names.length === 0) problems.push({ subject: `app ${app.name}`, failure: noCluster(app) })
  }
  return { clusters, repositories: [...repositories.values()], apps, problems }
}

function destinationClusters(destination: DestinationSettings, clusters: readonly ClusterSpec[]): readonly string[] {
  if ('cluster' in destination) return [destination.cluster]
  return clusters.filter(({ labels }) => selectorMatches(destination.clusterSelector, labels)).map(({ name }) => name)
}

function noCluster(app: AppSettings): Failure {
  const selector = 'clusterSelector' in app.destination ? selectorText(app.destination.clusterSelector) : ''
  return {
    code: 'GDE_CLUSTER_UNKNOWN',
    message: `the selector ${JSON.stringify(selector)} matches no cluster, so the app is nowhere`,
    app: app.name,
  }
}

/** What apps of one entry have in common, whatever cluster they are in. */
interface CommonParts {
  readonly sources: readonly Source[]
  readonly showValues: readonly string[]
  readonly unreadable: Failure | undefined
}

function commonParts(app: AppSettings, resolveUrl: (url: RepositoryLocation) => RepositoryResolution): CommonParts {
  const resolutions = app.sources.map((source) => ({ source, resolution: resolveUrl(source.repository) }))
  return {
    sources: resolutions.map(({ source, resolution }) => staticSource(app, source, resolution)),
    showValues: [app.destination.namespace, ...app.showValues],
    unreadable: resolutions
      .map(({ resolution }) => ('failure' in resolution ? resolution.failure : undefined))
      .find((one) => one !== undefined),
  }
}

function staticApp(
  app: AppSettings,
  cluster: string,
  clusters: ReadonlySet<string>,
  { sources, showValues, unreadable }: CommonParts,
): App {
  const identity: AppIdentity = {
    controller: 'static',
    kind: 'App',
    declaredIn: '',
    namespace: '',
    name: app.name,
    destination: cluster,
  }
  const problem: Failure | undefined = clusters.has(cluster)
    ? unreadable
    : { code: 'GDE_CLUSTER_UNKNOWN', message: `there is no cluster ${JSON.stringify(cluster)}` }
  return {
    ...identity,
    id: appId(identity),
    project: app.project,
    labels: app.labels,
    sources,
    to: { cluster, server: '', namespace: app.destination.namespace },
    tracking: app.tracking,
    policy: app.policy,
    showValues,
    autoSync: false,
    ...(problem !== undefined && { problem: { ...problem, app: app.name } }),
  }
}

function staticSource(app: AppSettings, source: SourceSettings, resolution: RepositoryResolution): Source {
  return {
    repository: 'spec' in resolution ? resolution.spec.id : resolution.id,
    url: source.repository.shown,
    targetRevision: source.revision,
    path: source.path,
    ...(source.ref !== undefined && { ref: source.ref }),
    // As in Argo CD: a source that has a ref and neither path nor chart renders nothing.
    options:
      source.ref !== undefined && source.path === ''
        ? { tool: 'none' }
        : {
            tool: 'argocd',
            ...(source.type !== undefined && { type: source.type }),
            directory: source.directory,
            kustomize: source.kustomize,
            helm: source.helm,
            appName: app.name,
            namespace: app.destination.namespace,
          },
  }
}
