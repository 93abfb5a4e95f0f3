import type { App } from '../../model/apps/app.ts'
import type { ClusterSpec, RepositorySpec } from '../../model/apps/inventory.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { FluxContext } from './flux-context.ts'
import { type FluxMapping, mapFlux } from './flux-mapping.ts'

export interface FluxInventory {
  readonly apps: readonly App[]
  readonly repositories: readonly RepositorySpec[]
  readonly clusters: readonly ClusterSpec[]
  readonly ownedReleases: readonly string[]
}

/** Maps all Kustomizations and HelmReleases of one control cluster. Pure: the same snapshot gives the same apps. */
export function mapFluxApps(context: FluxContext, map: FluxMapping = mapFlux): FluxInventory {
  const { kustomizations, helmReleases } = context.snapshot
  const mapped = [...kustomizations, ...helmReleases].map((resource) => map(resource, context))
  const repositories = new Map<RepositoryId, RepositorySpec>()
  const clusters = new Map<string, ClusterSpec>()
  for (const { repositories: specs, cluster } of mapped) {
    for (const spec of specs) repositories.set(spec.id, spec)
    if (cluster !== undefined) clusters.set(cluster.name, cluster)
  }
  return {
    apps: mapped.map(({ app }) => app),
    repositories: [...repositories.values()],
    clusters: [...clusters.values()],
    ownedReleases: mapped.flatMap(({ release }) => release ?? []),
  }
}
