import type { App } from '../../model/apps/app.ts'
import type { Inventory } from '../../model/apps/inventory.ts'
import { type Shard, shardOf } from '../../model/shard.ts'

/**
 * What one shard evaluates of the inventory, which is the same in all: its clusters with their apps, repositories and ApplicationSets. Each
 * of these is in exactly one shard, but for repositories, which every shard reads that has an app of theirs. Problems and sources stay: every shard
 * discovers everything.
 * @param alsoNeeded clusters that it reads for discovery, whosever they are
 */
export function shardInventory(
  inventory: Inventory,
  { index, count }: Shard,
  alsoNeeded: ReadonlySet<string>,
): Inventory {
  const owners = new Map<string, number>()
  const isOwn = (cluster: string): boolean => {
    const owner = owners.get(cluster) ?? shardOf(cluster, count)
    owners.set(cluster, owner)
    return owner === index
  }
  const apps = inventory.apps.filter((app) => isOwn(clusterOf(app)))
  const used = (list: readonly App[]): ReadonlySet<string> =>
    new Set(list.flatMap(({ sources }) => sources.map(({ repository }) => repository)))
  const [own, all] = [used(apps), used(inventory.apps)]
  return {
    ...inventory,
    apps,
    clusters: inventory.clusters.filter(({ name }) => isOwn(name) || alsoNeeded.has(name)),
    repositories: inventory.repositories.filter(({ id }) => (all.has(id) ? own.has(id) : isOwn(id))),
    ...(inventory.applicationSets !== undefined && {
      applicationSets: inventory.applicationSets.filter(({ declaredIn }) => isOwn(declaredIn)),
    }),
  }
}

/** The cluster by which an app is dealt: one whose destination is not known is of the cluster that declares it. */
export function clusterOf({ to, declaredIn }: App): string {
  return to.cluster === '' ? declaredIn : to.cluster
}
