import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseShard, type ShardSources } from '../../src/commands/run/choose-shard.ts'
import type { Settings } from '../../src/model/settings.ts'
import type { Shard } from '../../src/model/shard.ts'

const choose = (
  shards: Settings['shards'],
  option?: ShardSources['option'],
  variable?: ShardSources['variable'],
): Shard | undefined => chooseShard(shards, { option, variable })

test('without shards there is one process for all', () => {
  assert.equal(choose({ count: 1 }), undefined)
  assert.equal(choose({ count: 1 }, undefined, ''), undefined)
  assert.equal(choose({ count: 1 }, 'drift-0'), undefined)
})

test('the command line wins over the environment, and that over the config', () => {
  const shards = { count: 4, index: 1 }
  assert.deepEqual(choose(shards), { index: 1, count: 4 })
  assert.deepEqual(choose(shards, undefined, '2'), { index: 2, count: 4 })
  assert.deepEqual(choose(shards, '3', '2'), { index: 3, count: 4 })
})

test('a pod of a StatefulSet has the index that its name ends in', () => {
  assert.deepEqual(choose({ count: 4 }, undefined, 'gitops-drift-exporter-2'), { index: 2, count: 4 })
  assert.deepEqual(choose({ count: 1 }, undefined, 'my-release-2-gitops-drift-exporter-11/12'), {
    index: 11,
    count: 12,
  })
})

test('twice as many pods as shards are two replicas of each', () => {
  const indices = Array.from(
    { length: 8 },
    (_, ordinal) => choose({ count: 1 }, undefined, `drift-${ordinal}/4`)?.index,
  )
  assert.deepEqual(indices, [0, 1, 2, 3, 0, 1, 2, 3])
})

for (const [text, message] of [
  ['4', /of 4 shards the last has the index 3, not 4/],
  ['drift', /must be an index such as 0/],
  ['-1', /must be an index/],
  ['1/0', /from 1 to 1000 shards, not 0/],
  ['0/5000', /from 1 to 1000 shards, not 5000/],
  ['drift-6c8f7d9b5-x2x9z', /must be an index/],
] as const)
  test(`${text} is refused`, () => {
    assert.throws(() => choose({ count: 4 }, text), { message })
  })

test('which of several it is has to be said', () => {
  assert.throws(() => choose({ count: 4 }), { message: /neither --shard, GITOPS_SHARD nor shards.index/ })
})
