import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unpackLive } from '../../src/engine/live/live-object.ts'
import { LiveObjects } from '../../src/engine/live/live-objects.ts'
import { ResumedObjects } from '../../src/engine/live/resumed-objects.ts'
import { UnreadBuffers } from '../../src/engine/live/unread-buffers.ts'
import { asKubernetesObject, objectKey } from '../../src/kubernetes/object.ts'
import type { UnreadEvent } from '../../src/model/clusters/cluster.ts'
import { isJsonObject } from '../../src/model/json.ts'
import { type KubernetesObject, objectKeyText } from '../../src/model/object.ts'

function settings(name: string, value: string): KubernetesObject {
  return asKubernetesObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', labels: { marked: String(name.startsWith('marked')) } },
    data: { value },
  })
}
const textOf = (name: string): string => objectKeyText(objectKey(settings(name, '')))
const shownIn = ({ data }: KubernetesObject): string => (isJsonObject(data) ? String(data.value) : '')

/** As a connector tells it: what is kept of it is in the buffer alone. */
function unreadEvent(name: string, value: string, metadata = 'by one hand'): UnreadEvent {
  const object = settings(name, value)
  const bytes = Buffer.from(JSON.stringify(object))
  return {
    ...{ type: 'Unread', key: objectKey(object), metadata, bytes: bytes.length },
    keep(into) {
      const size = bytes.length
      bytes.copy(into)
      return (take) => take({ type: 'Upsert', object: asKubernetesObject(JSON.parse(into.toString('utf8', 0, size))) })
    },
    read: (take) => take({ type: 'Upsert', object }),
  }
}

function informed(buffers = new UnreadBuffers()) {
  const seen: string[] = []
  let goesOn = true
  let now = 0
  const objects = new LiveObjects({
    isMarked: ({ metadata }) => isJsonObject(metadata.labels) && metadata.labels.marked === 'true',
    onChange({ name }, _text, streamed) {
      seen.push(`${name} ${streamed === undefined ? 'gone' : shownIn(streamed.object)}`)
      return goesOn
    },
    onWaiting: ({ name }) => void seen.push(`${name} waits`),
    unread: buffers,
    now: () => now,
  })
  return {
    objects,
    buffers,
    seen: () => seen.splice(0),
    look(name: string) {
      const found = objects.look(textOf(name))
      return found.state === 'present' ? shownIn(unpackLive(found.live)) : found.state
    },
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    drift: (lasts: boolean) => {
      goesOn = lasts
    },
    /** An object that has changed often enough. */
    heat(name: string) {
      objects.want(objectKey(settings(name, '')), textOf(name))
      for (const value of ['one', 'two', 'three']) objects.take({ type: 'Upsert', object: settings(name, value) })
      objects.take(unreadEvent(name, 'four'))
      seen.length = 0
    },
  }
}

test('what has changed several times without anything new waits to be read, and the last event alone is', () => {
  const { objects, seen, look } = informed()
  objects.want(objectKey(settings('web', '')), textOf('web'))
  for (const value of ['one', 'two', 'three']) objects.take({ type: 'Upsert', object: settings('web', value) })
  assert.equal(objects.mayWait(settings('web', '')), true)
  assert.equal(objects.mayWait(settings('other', '')), false)
  objects.take(unreadEvent('web', 'four'))
  assert.deepEqual(seen(), ['web one', 'web two', 'web three', 'web four'], 'who wrote what is known of the first')
  for (const value of ['five', 'a longer one that needs more room than its forerunner'.repeat(40), 'seven'])
    objects.take(unreadEvent('web', value))
  assert.deepEqual(seen(), ['web waits'])
  assert.equal(look('web'), 'seven')
  assert.deepEqual(seen(), ['web seven'])
})

test('two changes are not many', () => {
  const { objects } = informed()
  objects.want(objectKey(settings('web', '')), textOf('web'))
  for (const value of ['one', 'two']) objects.take({ type: 'Upsert', object: settings('web', value) })
  assert.equal(objects.mayWait(settings('web', '')), false)
})

test('whoever looks at objects looks at what waits of them', () => {
  const readers: Readonly<Record<string, (objects: LiveObjects) => unknown>> = {
    look: (objects) => objects.look(textOf('web')),
    present: (objects) => [...objects.present()],
    'a list that begins': (objects) => objects.beginList(),
    'what is to be reported': (objects) => objects.readUnread(textOf('web')),
  }
  for (const [name, read] of Object.entries(readers)) {
    const { objects, seen, heat, buffers } = informed()
    heat('web')
    objects.take(unreadEvent('web', 'five'))
    assert.deepEqual(seen(), ['web waits'])
    read(objects)
    assert.deepEqual(seen(), ['web five'], name)
    assert.equal(buffers.isEmpty, true, name)
  }
})

test('what comes later is taken later', () => {
  const { objects, seen, heat } = informed()
  heat('web')
  objects.take(unreadEvent('web', 'five'))
  objects.take({ type: 'Delete', key: objectKey(settings('web', '')) })
  assert.deepEqual(seen(), ['web waits', 'web five', 'web gone'])
  heat('web')
  objects.take(unreadEvent('web', 'five'))
  objects.take({ type: 'Upsert', object: settings('web', 'six') })
  assert.deepEqual(seen(), ['web waits', 'web five', 'web six'])
})

test('what was made anew is not taken for what was hot', () => {
  const { objects, seen, heat } = informed()
  heat('web')
  objects.take({ type: 'Delete', key: objectKey(settings('web', '')) })
  objects.take(unreadEvent('web', 'five'))
  assert.deepEqual(seen(), ['web gone', 'web five'])
  assert.equal(objects.mayWait(settings('web', '')), false)
})

test('an object that waits while a list is under way is there when it ends', () => {
  const { objects, seen, heat } = informed()
  heat('web')
  heat('other')
  objects.beginList()
  objects.take(unreadEvent('web', 'five'))
  assert.deepEqual(objects.endList(), [])
  assert.deepEqual(seen(), ['web waits', 'web five', 'other gone'])
})

test('where the metadata are others, what was before is looked at, and what is now', () => {
  const { objects, seen, heat } = informed()
  heat('web')
  objects.take(unreadEvent('web', 'five'))
  objects.take(unreadEvent('web', 'six', 'by another hand'))
  assert.deepEqual(seen(), ['web waits', 'web five', 'web six'])
  objects.take(unreadEvent('web', 'seven', 'by another hand'))
  assert.deepEqual(seen(), ['web waits'], 'since nothing was new')
})

test('what is new of an object has its next change read as it comes', () => {
  const { objects, seen, heat, drift, look } = informed()
  heat('web')
  objects.take(unreadEvent('web', 'five'))
  drift(false)
  assert.equal(look('web'), 'five')
  assert.equal(objects.mayWait(settings('web', '')), false)
  drift(true)
  objects.take(unreadEvent('web', 'six'))
  assert.deepEqual(seen(), ['web waits', 'web five', 'web six'])
})

test('so has what has not changed for a second', () => {
  const { objects, seen, heat, pass } = informed()
  heat('web')
  pass(1000)
  objects.take(unreadEvent('web', 'five'))
  pass(1001)
  assert.equal(objects.mayWait(settings('web', '')), false)
  objects.take(unreadEvent('web', 'six'))
  assert.deepEqual(seen(), ['web waits', 'web five', 'web six'])
})

test('an object that nobody declares any more is let go of with what waits, unless it is marked', () => {
  const { objects, seen, heat, buffers, look } = informed()
  heat('web')
  heat('marked')
  objects.take(unreadEvent('web', 'five'))
  objects.take(unreadEvent('marked', 'five'))
  objects.unwant(textOf('web'))
  objects.unwant(textOf('marked'))
  assert.deepEqual(seen(), ['web waits', 'marked waits'])
  assert.equal(look('web'), 'absent')
  assert.equal(look('marked'), 'five')
  assert.equal(buffers.isEmpty, true)
})

test('there is room for so much, beyond which each is read as it comes, and it is free again when the kind is not watched any more', () => {
  const buffers = new UnreadBuffers()
  const [one, two] = [informed(buffers), informed(buffers)]
  const names = Array.from({ length: 17 }, (_, index) => `web-${index}`)
  const large = 'x'.repeat(1_000_000)
  for (const name of names) one.heat(name)
  for (const name of names) one.objects.take(unreadEvent(name, large))
  assert.deepEqual(one.seen(), [...names.slice(0, 16).map((name) => `${name} waits`), `web-16 ${large}`])
  two.heat('web')
  two.objects.take(unreadEvent('web', 'five'))
  assert.deepEqual(two.seen(), ['web five'])
  one.objects.take(unreadEvent('web-0', 'small'))
  assert.deepEqual(one.seen(), [], 'what waits makes room for what comes in its place')
  one.objects.stop()
  two.objects.take(unreadEvent('web', 'six'))
  assert.deepEqual(two.seen(), ['web waits'])
  two.objects.stop()
  assert.equal(buffers.isEmpty, true)
})

test('as many objects wait as there is room for, however small', () => {
  const buffers = new UnreadBuffers()
  for (let count = 0; count < 2000; count += 1) assert.ok(buffers.lend(1) !== undefined)
  const last = buffers.lend(1)
  assert.equal(last, undefined)
})

test('what is left for the next process has what waits, and is nothing where that cannot be read', () => {
  for (const [isReadable, left] of [
    [true, ['five']],
    [false, undefined],
  ] as const) {
    const { objects, heat } = informed()
    const resumed = new ResumedObjects(undefined)
    const { cursor } = resumed.begin()
    assert(cursor !== undefined)
    cursor.lineage = 'one'
    cursor.versions.set('', '10')
    heat('web')
    const event = unreadEvent('web', 'five')
    // As a connector does that is to list once more.
    objects.take(isReadable ? event : { ...event, keep: () => () => cursor.versions.clear() })
    const held = resumed.heldNow(objects, undefined)
    assert.deepEqual(
      held?.objects.map(({ live }) => shownIn(unpackLive(live))),
      left,
    )
  }
})
