import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCluster, shardOf } from '../../src/model/shard.ts'
import fc from '../fast-check.ts'

const cluster = fc.string({ maxLength: 60 })
const count = fc.integer({ min: 1, max: 32 })
const names = (many: number): readonly string[] => Array.from({ length: many }, (_, index) => `prod-${index}`)

test('every cluster is of exactly one shard', () => {
  fc.assert(
    fc.property(cluster, count, (name, shards) => {
      const owners = Array.from({ length: shards }, (_, index) => index).filter((index) =>
        hasCluster({ index, count: shards }, name),
      )
      assert.deepEqual(owners, [shardOf(name, shards)])
    }),
  )
})

test('another shard takes clusters, and moves none between those that were there', () => {
  fc.assert(
    fc.property(cluster, count, (name, shards) => {
      const [before, after] = [shardOf(name, shards), shardOf(name, shards + 1)]
      assert.ok(after === before || after === shards)
    }),
  )
})

test('it takes 1/n of them, and shards have as many as each other', () => {
  const clusters = names(4000)
  for (const shards of [2, 3, 4, 8, 16]) {
    const sizes = Map.groupBy(clusters, (name) => shardOf(name, shards))
    assert.equal(sizes.size, shards)
    const fair = clusters.length / shards
    // Five deviations of a fair draw.
    const spread = 5 * Math.sqrt(fair * (1 - 1 / shards))
    for (const { length } of sizes.values()) assert.ok(Math.abs(length - fair) < spread, `${length} of ${fair}`)
  }
})

test('which shard has a cluster does not change from one version to the next', () => {
  assert.deepEqual(
    names(12).map((name) => shardOf(name, 4)),
    [0, 2, 0, 0, 3, 1, 2, 0, 2, 2, 3, 2],
  )
})
