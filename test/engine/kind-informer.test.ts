import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventLoopSlice } from '../../src/concurrency/event-loop-slice.ts'
import { type KindInformer, startKindInformer, type WatchPhase } from '../../src/engine/live/kind-informer.ts'
import { packLive } from '../../src/engine/live/live-object.ts'
import type { HeldObjects } from '../../src/engine/live/resumed-objects.ts'
import { UnreadBuffers } from '../../src/engine/live/unread-buffers.ts'
import { asKubernetesObject, objectKey } from '../../src/kubernetes/object.ts'
import type { ClusterConnector, ClusterEvent, ObserveOptions } from '../../src/model/clusters/cluster.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import { type KubernetesObject, objectKeyText } from '../../src/model/object.ts'

const FAILURE: Failure = { code: 'GDE_CLUSTER_UNREACHABLE', message: 'refused' }

function object(name: string, value = 'one'): KubernetesObject {
  return asKubernetesObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop' },
    data: { value },
  })
}
const textOf = (name: string): string => objectKeyText(objectKey(object(name)))
const upsert = (name: string, value?: string): ClusterEvent => ({ type: 'Upsert', object: object(name, value) })

/** A cluster that tells what the test says, when it says it: orders of events that a real one gives once in a thousand times. */
function scripted(held?: HeldObjects) {
  const told: (ClusterEvent | ErrorCode)[] = []
  let wake = (): void => undefined
  const asked: string[] = []
  const there = new Map<string, KubernetesObject>()
  const changes: string[] = []
  const phases: WatchPhase['phase'][] = []
  const begun: ObserveOptions[] = []
  let now = 0
  let answering = Promise.resolve()

  async function* observe(_kind: unknown, options: ObserveOptions, signal: AbortSignal): AsyncGenerator<ClusterEvent> {
    begun.push({ ...options })
    for (const [namespace, version] of held?.versions ?? []) options.cursor?.versions.set(namespace, version)
    if (options.cursor !== undefined) options.cursor.lineage = 'lineage'
    signal.addEventListener('abort', () => wake())
    while (!signal.aborted) {
      const next = told.shift()
      if (typeof next === 'string') throw new CodedError(next, 'scripted')
      if (next !== undefined) yield next
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  }

  const connector: Pick<ClusterConnector, 'name' | 'observe' | 'get'> = {
    name: 'one',
    observe,
    get: async (key) => {
      asked.push(key.name)
      const answer = there.get(key.name)
      await answering
      return answer
    },
  }
  const watch: KindInformer = startKindInformer({
    connector,
    kind: { group: '', kind: 'ConfigMap' },
    observe: {},
    slice: createEventLoopSlice(),
    now: () => now,
    backoff: { firstMs: 1, longestMs: 1 },
    random: () => 0.5,
    isMarked: ({ metadata }) => metadata.name.startsWith('marked'),
    onChange(key, _text, seen) {
      changes.push(`${key.name} ${seen === undefined ? 'gone' : 'there'}`)
      return false
    },
    unread: new UnreadBuffers(),
    onWaiting: () => undefined,
    onPhase: ({ phase }) => phases.push(phase),
    resume: { held: () => held, onRefused: () => undefined },
  })
  return {
    watch,
    asked,
    there,
    phases,
    begun,
    observations: () => begun.length,
    /** Questions for single objects are answered when the returned function is called. */
    holdAnswers: (): (() => void) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      answering = promise
      return resolve
    },
    async untilAsked(count: number) {
      while (asked.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    want: (...names: readonly string[]) => {
      for (const name of names) watch.want(objectKey(object(name)), textOf(name))
    },
    /** Tells, and gives the changes that were seen of it. */
    async tell(...events: readonly (ClusterEvent | ErrorCode)[]): Promise<readonly string[]> {
      told.push(...events)
      wake()
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1))
      return changes.splice(0)
    },
    look: (name: string) => watch.look(textOf(name)).state,
    [Symbol.dispose]: () => watch.stop(),
  }
}

test('what is declared or marked is kept, everything else dropped as it streams past', async () => {
  using cluster = scripted()
  cluster.want('declared', 'absent')
  assert.equal(cluster.look('declared'), 'pending')
  assert.deepEqual(await cluster.tell(upsert('stranger'), upsert('marked-one'), upsert('declared')), [
    'marked-one there',
    'declared there',
  ])
  assert.equal(cluster.look('absent'), 'pending')
  assert.deepEqual(await cluster.tell({ type: 'Synced' }), ['absent gone'])
  assert.deepEqual(['declared', 'absent', 'marked-one'].map(cluster.look), ['present', 'absent', 'present'])
})

test('an event that changes nothing that is compared is no change', async () => {
  using cluster = scripted()
  cluster.want('declared')
  await cluster.tell(upsert('declared'), { type: 'Synced' })
  assert.deepEqual(await cluster.tell(upsert('declared')), [])
  assert.deepEqual(await cluster.tell(upsert('declared', 'two')), ['declared there'])
  assert.deepEqual(await cluster.tell({ type: 'Delete', key: objectKey(object('declared')) }), ['declared gone'])
  assert.deepEqual(await cluster.tell({ type: 'Delete', key: objectKey(object('stranger')) }), [])
})

test('after contact was lost, what the new list does not tell is gone, and what it tells the same is no change', async () => {
  using cluster = scripted()
  cluster.want('kept', 'deleted')
  await cluster.tell(upsert('kept'), upsert('deleted'), upsert('marked-one'), { type: 'Synced' })
  assert.deepEqual(await cluster.tell({ type: 'Lost', failure: FAILURE }), [])
  assert.equal(cluster.look('deleted'), 'present', 'believed until something else is told')
  assert.deepEqual(await cluster.tell(upsert('kept')), [])
  assert.deepEqual(await cluster.tell({ type: 'Synced' }), ['deleted gone', 'marked-one gone'])
  assert.deepEqual(cluster.phases, ['synced', 'lost', 'synced'])
})

test('a list that breaks off is not believed to be complete', async () => {
  using cluster = scripted()
  cluster.want('first', 'second')
  await cluster.tell(upsert('first'), upsert('second'), { type: 'Synced' })
  const lost: ClusterEvent = { type: 'Lost', failure: FAILURE }
  assert.deepEqual(await cluster.tell(lost, upsert('first'), lost), [])
  assert.equal(cluster.look('second'), 'present')
  assert.deepEqual(await cluster.tell(upsert('second'), { type: 'Synced' }), ['first gone'])
})

test('an object that is declared after the list passed it by is asked for', async () => {
  using cluster = scripted()
  cluster.there.set('late', object('late'))
  await cluster.tell(upsert('late'))
  cluster.want('late', 'absent')
  const changes = await cluster.tell({ type: 'Synced' })
  await cluster.untilAsked(2)
  assert.deepEqual([...changes, ...(await cluster.tell())].sort(), ['absent gone', 'late there'])
  assert.deepEqual(cluster.asked.sort(), ['absent', 'late'])
  assert.equal(cluster.observations(), 1)
})

test('an event that comes while an object is asked for knows better', async () => {
  using cluster = scripted()
  cluster.there.set('late', object('late', 'old'))
  await cluster.tell({ type: 'Synced' })
  const answer = cluster.holdAnswers()
  cluster.want('late')
  await cluster.untilAsked(1)
  assert.deepEqual(await cluster.tell(upsert('late', 'new')), ['late there'])
  answer()
  assert.deepEqual(await cluster.tell(), [])
})

test('many objects that are declared late are found by one new list', async () => {
  using cluster = scripted()
  await cluster.tell({ type: 'Synced' })
  const names = Array.from({ length: 30 }, (_, index) => `late-${index}`)
  cluster.pass(10_000)
  cluster.want(...names)
  while (cluster.observations() < 2) await cluster.tell()
  assert.deepEqual(cluster.asked, [])
  assert.equal((await cluster.tell(...names.map((name) => upsert(name)), { type: 'Synced' })).length, 30)
})

test('few objects that are declared late do not wait for a list that is due anyway', async () => {
  using cluster = scripted()
  cluster.there.set('late', object('late'))
  await cluster.tell({ type: 'Synced' })
  cluster.watch.relist()
  cluster.want('late')
  await cluster.untilAsked(1)
  assert.equal(cluster.observations(), 1)
})

test('what nobody declares any more is forgotten, unless it carries a mark', async () => {
  using cluster = scripted()
  cluster.want('declared', 'marked-one')
  await cluster.tell(upsert('declared'), upsert('marked-one'), { type: 'Synced' })
  for (const name of ['declared', 'marked-one']) cluster.watch.unwant(textOf(name))
  assert.deepEqual(await cluster.tell(upsert('declared', 'two'), upsert('marked-one', 'two')), ['marked-one there'])
})

test('a kind that was readable is believed to be so for a moment, one that never was is not', async () => {
  using fresh = scripted()
  await fresh.tell('GDE_CLUSTER_FORBIDDEN')
  assert.deepEqual(fresh.phases, ['failed'])
  using known = scripted()
  known.want('declared')
  await known.tell(upsert('declared'), { type: 'Synced' })
  await known.tell('GDE_CLUSTER_FORBIDDEN')
  assert.deepEqual(known.phases, ['synced', 'lost'])
  known.pass(15_000)
  await known.tell('GDE_CLUSTER_FORBIDDEN')
  assert.deepEqual(known.phases, ['synced', 'lost', 'failed'])
  await known.tell(upsert('declared'), { type: 'Synced' })
  assert.deepEqual(known.phases, ['synced', 'lost', 'failed', 'synced'])
})

const heldBefore = (...names: readonly string[]): HeldObjects => ({
  lineage: 'lineage',
  versions: new Map([['', '7']]),
  objects: names.map((name) => ({ key: objectKey(object(name)), live: packLive(object(name)) })),
})
const RESUMED: ClusterEvent = { type: 'Synced', resumed: true }

test('what an earlier informer held is there once it is known to be there still, but for what was told since', async () => {
  using cluster = scripted(heldBefore('kept', 'changed', 'removed', 'marked-one', 'stranger'))
  cluster.want('kept', 'changed', 'removed', 'absent')
  assert.deepEqual(
    cluster.begun[0]?.resume?.known.map(({ name }) => name),
    ['kept', 'changed', 'removed', 'marked-one', 'stranger'],
  )
  const removed: ClusterEvent = { type: 'Delete', key: objectKey(object('removed')) }
  assert.deepEqual(await cluster.tell(upsert('changed', 'two'), removed), ['changed there', 'removed gone'])
  assert.equal(cluster.look('kept'), 'pending')
  const changes = await cluster.tell(RESUMED)
  await cluster.untilAsked(1)
  assert.deepEqual([...changes, ...(await cluster.tell())], ['kept there', 'marked-one there', 'absent gone'])
  assert.deepEqual(cluster.asked, ['absent'])
  assert.deepEqual(['kept', 'changed', 'removed', 'marked-one', 'absent'].map(cluster.look), [
    'present',
    'present',
    'absent',
    'present',
    'absent',
  ])
  const held = cluster.watch.held()?.objects.map(({ key }) => key.name)
  assert.deepEqual(held?.toSorted(), ['changed', 'kept', 'marked-one'])
})

test('what an earlier informer held is nothing to a list, nor after contact was lost', async () => {
  for (const first of [[], [{ type: 'Lost', failure: FAILURE } as const]]) {
    using cluster = scripted(heldBefore('kept', 'gone'))
    cluster.want('kept', 'gone')
    assert.deepEqual(await cluster.tell(...first, upsert('kept'), { type: 'Synced' }), ['kept there', 'gone gone'])
  }
})

test('an informer holds nothing for the next one while a list is due or under way', async () => {
  using cluster = scripted(heldBefore())
  cluster.want('kept')
  assert.equal(cluster.watch.held(), undefined)
  await cluster.tell(upsert('kept'), { type: 'Synced' })
  assert.deepEqual(cluster.watch.held()?.versions, new Map([['', '7']]))
  cluster.watch.relist()
  assert.equal(cluster.watch.held(), undefined)
  using lost = scripted(heldBefore())
  await lost.tell({ type: 'Synced' }, { type: 'Lost', failure: FAILURE })
  assert.equal(lost.watch.held(), undefined)
})
