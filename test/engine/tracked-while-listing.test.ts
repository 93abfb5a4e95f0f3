import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { connectCluster } from '../../src/clusters/connect.ts'
import { createEventLoopSlice } from '../../src/concurrency/event-loop-slice.ts'
import { ClusterKinds } from '../../src/engine/live/cluster-kinds.ts'
import { MarkedObjects } from '../../src/engine/live/marked-objects.ts'
import { UnreadBuffers } from '../../src/engine/live/unread-buffers.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import type { ClusterEvent } from '../../src/model/clusters/cluster.ts'
import type { AppId } from '../../src/model/identity.ts'
import { until } from '../commands/until.ts'
import { app, createFixture } from './engine-fixture.ts'

const KIND = { group: '', kind: 'ConfigMap' }

test('an app that tracks an object of a kind that only others declare looks at it again when the kind is listed', async () => {
  await using fixture = await createFixture()
  const tracking = {
    method: 'flux',
    group: 'kustomize.toolkit.fluxcd.io',
    name: 'shop',
    namespace: 'flux-system',
  } as const
  const [declaring, tracked] = [app(fixture, { name: 'other' }), app(fixture, { name: 'shop', tracking })]
  const spec = { name: 'one', labels: {}, access: { type: 'snapshot', path: fixture.folder, kinds: [] } } as const
  const connector = connectCluster(spec, { redactionKey: randomBytes(32) })
  const listed = Promise.withResolvers<void>()
  const labels = { [`${tracking.group}/name`]: 'shop', [`${tracking.group}/namespace`]: 'flux-system' }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop', labels } }
  async function* observe(_kind: unknown, _options: unknown, signal: AbortSignal): AsyncGenerator<ClusterEvent> {
    yield { type: 'Upsert', object: asKubernetesObject(object) }
    await listed.promise
    yield { type: 'Synced' }
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  const marks = new MarkedObjects()
  marks.register(tracked)
  const looked: (readonly AppId[])[] = []
  const ignored = (): void => undefined
  const kinds = new ClusterKinds({
    ...{ connector: { ...connector, observe }, marks, slice: createEventLoopSlice(), now: Date.now, random: () => 0.5 },
    ...{
      unread: new UnreadBuffers(),
      onWaiting: () => undefined,
      uptime: () => performance.now(),
      staleAfterMs: 600_000,
      spec: () => spec,
      capabilities: () => undefined,
    },
    ...{ onUnknownKind: ignored, onObject: () => false, onRead: ignored, saved: () => undefined, onRefused: ignored },
    onLiveState: (apps) => looked.push([...apps]),
  })
  kinds.use(declaring.id, new Map([['ConfigMap', KIND]]))
  kinds.release()
  // While the kind is listed nothing is known of the object but that it is tracked.
  await until('the object to be tracked', async () => marks.of(tracked.id).size === 1 || undefined)
  const key = { ...KIND, namespace: 'shop', name: 'settings' }
  assert.deepEqual(kinds.look(key, '/ConfigMap/shop/settings'), { state: 'pending' })
  listed.resolve()
  await until('the list to end', async () => looked.length > 0 || undefined)
  assert.deepEqual(looked, [[declaring.id, tracked.id]])
  assert.equal(kinds.look(key, '/ConfigMap/shop/settings').state, 'present')
  kinds.stop()
  await connector.close()
})
