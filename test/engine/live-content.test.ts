import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markOfLive, packLive, unpackLive } from '../../src/engine/live/live-object.ts'
import { LiveObjects } from '../../src/engine/live/live-objects.ts'
import { UnreadBuffers } from '../../src/engine/live/unread-buffers.ts'
import { asKubernetesObject, objectKey } from '../../src/kubernetes/object.ts'
import { objectKeyText } from '../../src/model/object.ts'

const MEGABYTE = 1024 * 1024
/** Quarters of a megabyte, and more of them than are kept as text. */
const ROUNDS = 40

function settings(name: string, value: string) {
  const metadata = { name, namespace: 'shop', uid: name }
  return asKubernetesObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } })
}

function informed() {
  const changes: string[] = []
  const objects = new LiveObjects({
    isMarked: () => true,
    onChange(key, _text, streamed) {
      changes.push(`${key.name} ${streamed === undefined ? 'gone' : 'here'}`)
      return false
    },
    unread: new UnreadBuffers(),
    onWaiting: () => undefined,
    now: () => 0,
  })
  const look = (name: string) => {
    const found = objects.look(objectKeyText(objectKey(settings(name, ''))))
    assert(found.state === 'present')
    return found.live
  }
  return { objects, look, changes }
}

test('what is new is packed only once it was there for a while, and comes out as it went in either way', () => {
  const { objects, look } = informed()
  objects.upsert(settings('busy', 'first'))
  assert.equal(look('busy').content.isPacked, false)
  objects.upsert(settings('busy', 'second'))
  const second = look('busy').content
  objects.upsert(settings('busy', 'third'))
  objects.upsert(settings('other', 'first'))
  objects.upsert(settings('other', 'second'))
  assert.equal(look('busy').content.isPacked, false)
  assert.deepEqual(unpackLive(look('busy')), settings('busy', 'third'))
  for (let round = 0; round < ROUNDS; round += 1)
    objects.upsert(settings('other', `${round}${'x'.repeat(MEGABYTE / 4)}`))
  assert.equal(look('busy').content.isPacked, true, 'there is no room for all that is new')
  assert.equal(second.isPacked, false, 'nobody has it any more')
  assert.deepEqual(unpackLive(look('busy')), settings('busy', 'third'))
})

test('an object that is told again in the same words is no change, packed or not', () => {
  const { objects, look, changes } = informed()
  objects.upsert(settings('web', 'one'))
  objects.upsert(settings('web', 'two'))
  const { content } = look('web')
  objects.upsert(settings('web', 'two'))
  assert.equal(look('web').content, content)
  assert.equal(content.isPacked, false)
  for (let round = 0; round < ROUNDS; round += 1)
    objects.upsert(settings('other', `${round}${'y'.repeat(MEGABYTE / 4)}`))
  objects.upsert(settings('web', 'two'))
  assert.equal(changes.filter((change) => change === 'web here').length, 2)
})

test('two objects that say the same share it while it is not packed, and after', () => {
  const one = informed()
  const two = informed()
  for (const { objects } of [one, two])
    for (const value of ['alike', 'alike too']) objects.upsert(settings('web', value))
  assert.equal(one.look('web').content, two.look('web').content)
  one.objects.upsert(settings('web', 'alike no more'))
  for (let round = 0; round < ROUNDS; round += 1)
    one.objects.upsert(settings('it', `${round}${'z'.repeat(MEGABYTE / 4)}`))
  assert.equal(two.look('web').content.isPacked, true, 'one of both has it still')
})

test('a text that is too large to wait is packed at once', () => {
  const { objects, look } = informed()
  for (const start of ['a', 'b']) objects.upsert(settings('large', start.repeat(MEGABYTE)))
  assert.equal(look('large').content.isPacked, true)
})

test('the mark of a Service tells of its addresses, which its content does not have', () => {
  const service = (address: string, metadata: object = {}) =>
    asKubernetesObject({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { uid: 'one', ...metadata, name: 'web' } },
      spec: { type: 'ClusterIP', clusterIP: address, clusterIPs: [address] },
    })
  const [one, two] = [packLive(service('10.0.0.1')), packLive(service('10.0.0.2'))]
  assert.equal(one.content, two.content)
  assert.notEqual(markOfLive(one), markOfLive(two))
  const managedFields = [{ manager: 'git', time: '2026-01-01T00:00:00Z' }]
  assert.equal(markOfLive(one), markOfLive(packLive(service('10.0.0.1', { uid: 'two', managedFields }))))
  const headless = packLive(service('None'))
  assert.equal(markOfLive(headless), headless.content.mark)
})
