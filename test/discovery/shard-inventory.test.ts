import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '../../src/config/load-config.ts'
import { shardInventory } from '../../src/discovery/inventory/shard-inventory.ts'
import { staticInventory } from '../../src/discovery/static/static-inventory.ts'
import type { App } from '../../src/model/apps/app.ts'
import type { Inventory } from '../../src/model/apps/inventory.ts'
import { appId } from '../../src/model/identity.ts'

const COUNT = 4
const CLUSTERS = Array.from({ length: 40 }, (_, index) => `prod-${index}`)

/** Two apps in each cluster, each pair of its own repository; apps and sets of controllers, some of them for clusters that nobody knows. */
function fleet(): Inventory {
  const app = (cluster: string, name: string) => ({
    name: `${name}-${cluster}`,
    source: { repository: `https://git.example.com/${cluster}.git`, revision: 'main', path: name },
    destination: { cluster, namespace: 'shop' },
  })
  const settings = parseConfig(
    JSON.stringify({
      clusters: CLUSTERS.map((name) => ({ name, snapshot: { path: name } })),
      apps: CLUSTERS.flatMap((cluster) => [app(cluster, 'shop'), app(cluster, 'web')]),
    }),
    '/config.yaml',
  )
  const inventory = staticInventory(settings, settings.clusters)
  const [first] = inventory.apps
  assert.ok(first !== undefined)
  const lost = CLUSTERS.map((declaredIn): App => {
    const identity = { ...first, controller: 'argocd', declaredIn, destination: '' } as const
    return { ...identity, id: appId(identity), to: { ...first.to, cluster: '' } }
  })
  const unlisted = { ...first, destination: 'gone', id: appId({ ...first, destination: 'gone' }) }
  return {
    ...inventory,
    apps: [...inventory.apps, ...lost, { ...unlisted, to: { ...first.to, cluster: 'gone' } }],
    applicationSets: CLUSTERS.map((declaredIn) => ({ declaredIn, namespace: 'argocd', name: 'all', missing: 0 })),
  }
}

const NONE: ReadonlySet<string> = new Set()
const whole = fleet()
const shards = Array.from({ length: COUNT }, (_, index) => shardInventory(whole, { index, count: COUNT }, NONE))

test('every app is of exactly one shard, those for clusters that are not known too', () => {
  const ids = shards.flatMap(({ apps }) => apps.map(({ id }) => id))
  assert.deepEqual(ids.toSorted(), whole.apps.map(({ id }) => id).toSorted())
})

test('so is every cluster and every ApplicationSet, and each shard has some of them', () => {
  const names = shards.map(({ clusters }) => clusters.map(({ name }) => name))
  assert.deepEqual(names.flat().toSorted(), CLUSTERS.toSorted())
  assert.ok(names.every(({ length }) => length > 0))
  const sets = shards.flatMap(({ applicationSets = [] }) => applicationSets.map(({ declaredIn }) => declaredIn))
  assert.deepEqual(sets.toSorted(), CLUSTERS.toSorted())
})

test('a shard has the clusters of its apps, and reads their repositories alone', () => {
  for (const { apps, clusters, repositories } of shards) {
    const names = new Set(clusters.map(({ name }) => name))
    const known = apps.filter(({ to }) => CLUSTERS.includes(to.cluster))
    assert.ok(known.every(({ to }) => names.has(to.cluster)))
    const used = new Set(apps.flatMap(({ sources }) => sources.map(({ repository }) => repository)))
    assert.deepEqual(new Set(repositories.map(({ id }) => id)), used)
  }
})

test('a repository that no app reads is of exactly one shard', () => {
  const unused = shards.map((_, index) =>
    shardInventory({ ...whole, apps: [] }, { index, count: COUNT }, NONE).repositories.map(({ id }) => id),
  )
  assert.deepEqual(unused.flat().toSorted(), whole.repositories.map(({ id }) => id).toSorted())
})

test('a cluster that is read for discovery is there in every shard, without its apps', () => {
  for (const [index, { apps }] of shards.entries()) {
    const reading = shardInventory(whole, { index, count: COUNT }, new Set(['prod-7']))
    assert.ok(reading.clusters.some(({ name }) => name === 'prod-7'))
    assert.deepEqual(reading.apps, apps)
  }
})
