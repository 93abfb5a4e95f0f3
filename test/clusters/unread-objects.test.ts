import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Interest, PresentEvent, UnreadEvent, WatchCursor } from '../../src/model/clusters/cluster.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { sendJson } from '../servers/scripted-api-server.ts'
import { type Observation, observe } from './collect.ts'
import {
  CONFIG_MAP,
  configMap,
  connect,
  LIST,
  list,
  listing,
  listsAndWatches,
  scripted,
  watchLines,
} from './scripted.ts'

/** All are held, and may wait. */
const WAITING: Interest = { concerns: () => true, held: () => [], mayWait: () => true }

const line = (object: object): string => `${JSON.stringify({ type: 'MODIFIED', object })}\n`
const settings = (version: string, data: JsonObject) => ({ ...configMap('a', version), data })

function lastUnread({ events }: Observation): UnreadEvent {
  const event = events.findLast(({ type }) => type === 'Unread')
  assert(event?.type === 'Unread')
  return event
}

function readNow(read: UnreadEvent['read']): readonly PresentEvent[] {
  const taken: PresentEvent[] = []
  read((event) => taken.push(event))
  return taken
}

test('an object of a watch may be read later, from the bytes that were kept, and is what it would have been at once', async (t) => {
  const server = await scripted(t)
  const [one, two] = [settings('11', { value: 'ü' }), settings('12', { value: 'x'.repeat(10_000) })]
  server.answer(
    LIST,
    listsAndWatches([listing('a')], [watchLines(...[one, two].map((object) => ({ type: 'MODIFIED', object })))]),
  )
  const connector = await connect(t, { server: server.url })
  await using all = observe(connector, CONFIG_MAP, { interest: WAITING })
  assert.deepEqual(await all.until('Synced'), ['Upsert shop/a', 'Synced'], 'what is listed is read')
  await all.until('Unread shop/a')
  const first = lastUnread(all)
  const buffer = Buffer.alloc(2 * first.bytes)
  const later = first.keep(buffer)
  await all.until('Unread shop/a')
  assert.deepEqual(readNow(lastUnread(all).read), [{ type: 'Upsert', object: two }])
  assert.deepEqual(readNow(later), [{ type: 'Upsert', object: one }])
  assert.match(buffer.toString(), /ü/)
})

test('a Secret is read as it comes, whoever would wait for it', async (t) => {
  const server = await scripted(t)
  const secret = { ...configMap('a', '1'), kind: 'Secret', data: { password: 'Y2FuYXJ5' } }
  server.answer(
    '/api/v1/secrets',
    listsAndWatches(
      [(_, response) => sendJson(response, list([secret], '10'))],
      [
        watchLines({
          type: 'MODIFIED',
          object: { ...secret, metadata: { ...secret.metadata, resourceVersion: '11' } },
        }),
      ],
    ),
  )
  const connector = await connect(t, { server: server.url })
  await using all = observe(connector, { group: '', kind: 'Secret' }, { interest: WAITING })
  await all.until('Synced')
  assert.deepEqual(await all.until('Upsert shop/a'), ['Upsert shop/a'])
  assert.doesNotMatch(JSON.stringify(all.events), /Y2FuYXJ5|canary/)
})

test('what cannot be read later ends the watch as it would have at once, and a list tells what is there', async (t) => {
  const server = await scripted(t)
  let lists = 0
  const unreadable = line({ ...configMap('a', '11'), data: 'HERE' }).replace(
    '"HERE"',
    `${'['.repeat(2000)}${']'.repeat(2000)}`,
  )
  const next = line(configMap('b', '12'))
  server.answer(
    LIST,
    listsAndWatches(
      [
        (_, response) => {
          lists += 1
          sendJson(response, list(lists === 1 ? [configMap('a', '1')] : [settings('11', { value: 'now' })], '20'))
        },
      ],
      [(_, response) => response.writeHead(200).write(unreadable + next)],
    ),
  )
  const connector = await connect(t, { server: server.url })
  const cursor: WatchCursor = { lineage: '', versions: new Map() }
  await using all = observe(connector, CONFIG_MAP, { interest: WAITING, cursor })
  await all.until('Unread shop/b')
  const waiting = all.events.find(({ type }) => type === 'Unread')
  assert(waiting?.type === 'Unread')
  assert.equal(lists, 1, 'nobody has read it')
  const before = connector.status().watchRestarts
  assert.deepEqual(readNow(waiting.keep(Buffer.alloc(waiting.bytes))), [])
  assert.deepEqual([...cursor.versions], [], 'nobody may go on from there')
  assert.deepEqual(await all.until('Upsert shop/a'), ['Upsert shop/a'], 'though its version is known')
  assert.deepEqual(all.events.at(-1), { type: 'Upsert', object: settings('11', { value: 'now' }) })
  assert.deepEqual(await all.until('Delete shop/b'), ['Delete shop/b'])
  assert.equal(connector.status().watchRestarts, before + 1)
})

test('nor is anything lost where what was read cannot be taken', async (t) => {
  const server = await scripted(t)
  const object = settings('11', { value: 'now' })
  server.answer(
    LIST,
    listsAndWatches(
      [listing('a'), (_, response) => sendJson(response, list([object], '20'))],
      [watchLines({ type: 'MODIFIED', object })],
    ),
  )
  const connector = await connect(t, { server: server.url })
  await using all = observe(connector, CONFIG_MAP, { interest: WAITING })
  await all.until('Unread shop/a')
  lastUnread(all).read(() => {
    throw new Error('a bug')
  })
  assert.deepEqual(await all.until('Upsert shop/a'), ['Upsert shop/a'])
})
