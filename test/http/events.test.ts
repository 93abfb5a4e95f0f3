import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { test } from 'node:test'
import { viewerByRoles } from '../../src/http/access/roles.ts'
import { anybody } from '../../src/http/access/viewer.ts'
import { createEventHub } from '../../src/http/events/event-hub.ts'
import { createEventRing } from '../../src/http/events/event-ring.ts'
import type { AccessRole } from '../../src/model/access.ts'
import type { AppReport, FleetUpdate } from '../../src/model/fleet.ts'
import fc from '../fast-check.ts'
import { appReport, clusterReport } from '../metrics/reports.ts'
import { testFleet } from '../metrics/test-fleet.ts'
import { type Serving, serve } from './serving.ts'

interface Received {
  readonly event: string
  readonly id: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Reads events of a stream of text, as a browser does. */
async function* eventsOf(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Received> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    const blocks = rest.split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      if (field('event') !== '') yield { event: field('event'), id: field('id'), data: JSON.parse(field('data')) }
    }
  }
}

async function listen({ http }: Serving, lastId?: string) {
  const stop = new AbortController()
  const answer = await fetch(`${http.pagesUrl}/api/v1/events`, {
    signal: stop.signal,
    headers: lastId === undefined ? {} : { 'last-event-id': lastId },
  })
  assert.ok(answer.body)
  const events = eventsOf(answer.body)
  return {
    answer,
    async take(count: number): Promise<readonly Received[]> {
      const taken: Received[] = []
      while (taken.length < count) {
        const { value, done } = await events.next()
        assert.ok(done !== true, 'the stream ended')
        taken.push(value)
      }
      return taken
    },
    stop: () => stop.abort(),
  }
}

const app = (report: AppReport): FleetUpdate => ({ type: 'app', report })
const drifting = (name: string): AppReport =>
  appReport(name, {}, { outcome: { status: 'OutOfSync', cause: 'live' }, outOfSyncSince: 7 })

test('what changes is told as it changes, and what does not is not', async () => {
  await using serving = await serve({ updates: [app(appReport('shop'))] })
  const listener = await listen(serving)
  assert.match(listener.answer.headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.equal((await listener.take(1))[0]?.event, 'ready')
  serving.fleet.publish(app(appReport('shop', {}, { evaluatedAt: 9_999_999_999 })))
  serving.fleet.publish(app(drifting('shop')), app(drifting('shop')))
  serving.fleet.publish({ type: 'cluster', report: clusterReport('prod-us') })
  serving.fleet.publish({ type: 'appGone', app: drifting('shop').summary.id })
  const [changed, cluster, gone] = await listener.take(3)
  const { id } = drifting('shop').summary
  assert.deepEqual(
    [changed?.event, changed?.data],
    ['app', { id, status: 'OutOfSync', cause: 'live', reason: null, since: 7 }],
  )
  assert.deepEqual([cluster?.event, cluster?.data], ['cluster', { name: 'prod-us', up: true, reason: null }])
  assert.deepEqual([gone?.event, gone?.data], ['appGone', { id }])
  listener.stop()
})

test('whoever comes again is told what he missed, each once and in order', async () => {
  await using serving = await serve()
  const first = await listen(serving)
  const [ready] = await first.take(1)
  serving.fleet.publish(app(appReport('a')), app(appReport('b')))
  const [a] = await first.take(1)
  first.stop()
  serving.fleet.publish(app(appReport('c')))
  const namesAfter = async (id: string | undefined, count: number): Promise<readonly unknown[]> => {
    const listener = await listen(serving, id)
    const events = await listener.take(count)
    listener.stop()
    return events.map(({ event, data }) => (event === 'app' ? data.id : event))
  }
  const ids = ['a', 'b', 'c'].map((name) => appReport(name).summary.id)
  assert.deepEqual(await namesAfter(a?.id, 2), ids.slice(1))
  assert.deepEqual(await namesAfter(ready?.id, 3), ids)
})

test('a gap is told: of another run, of nonsense, and of what is forgotten', async () => {
  await using serving = await serve()
  const first = await listen(serving)
  const [ready] = await first.take(1)
  first.stop()
  for (let index = 0; index <= 10_000; index += 1) serving.fleet.publish(app(appReport(`app-${index}`)))
  for (const id of [ready?.id, 'another-run-5', 'nonsense', `${ready?.id}0000000`]) {
    const listener = await listen(serving, id)
    const [reload] = await listener.take(1)
    assert.equal(reload?.event, 'reload', id)
    listener.stop()
    const again = await listen(serving, reload?.id)
    serving.fleet.publish(app(appReport(`after-${id}`)))
    assert.equal((await again.take(1))[0]?.data.id, appReport(`after-${id}`).summary.id)
    again.stop()
  }
})

test('the memory of events is bounded by number and by bytes, and knows what it forgot', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 4000 }), fc.integer({ min: 1, max: 50 }), (sizes, events) => {
      const limits = { events, bytes: 200 }
      const ring = createEventRing<number>(limits)
      const all = sizes.map((size) => [ring.add(size, size), size] as const)
      assert.deepEqual(
        all.map(([number]) => number),
        sizes.map((_size, index) => index + 1),
      )
      let fits = 0
      while (fits < Math.min(events, all.length) && sum(sizes.slice(sizes.length - fits - 1)) <= limits.bytes) fits += 1
      assert.deepEqual(ring.since(all.length - fits), all.slice(all.length - fits))
      if (fits < all.length) assert.equal(ring.since(all.length - fits - 1), undefined)
      assert.equal(ring.since(all.length + 1), undefined)
    }),
  )
})

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

test('a listener who takes nothing is dropped, and the others are not', async () => {
  await using serving = await serve()
  const { hostname, port } = new URL(serving.http.pagesUrl)
  const slow = connect(Number(port), hostname)
  slow.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await new Promise((resolve) => slow.once('readable', resolve))
  const other = await listen(serving)
  await other.take(1)
  const told = 5000
  // 40 MB, which no kernel holds for somebody who does not read.
  for (let index = 0; index < told; index += 1) {
    serving.fleet.publish(app(appReport(`app-${index}-${'x'.repeat(8000)}`)))
    await other.take(1)
  }
  let received = 0
  slow.on('data', ({ length }) => {
    received += length
  })
  await new Promise((resolve) => slow.once('close', resolve).on('error', () => undefined))
  assert.ok(received < told * 8000, String(received))
  serving.fleet.publish(app(drifting('last')))
  assert.equal((await other.take(1))[0]?.data.id, drifting('last').summary.id)
  other.stop()
})

test('so many may listen and no more, of one and of all; who has listened for long has to come again', () => {
  const fleet = testFleet()
  using hub = createEventHub(fleet)
  const listenAs = (who: string) => hub.listen({ viewer: anybody(true), who })
  const own = Array.from({ length: 11 }, () => listenAs('alice'))
  assert.deepEqual([own.filter((stream) => stream !== undefined).length, own[10]], [10, undefined])
  for (let index = 0; index < 400; index += 1) listenAs(`somebody-${index}`)
  assert.equal(hub.listeners, 200)
  assert.equal(listenAs('another'), undefined)
  let beats = 0
  while (hub.listeners > 0) {
    hub.heartbeat()
    beats += 1
  }
  assert.equal(beats, 40)
  assert.ok(listenAs('another') !== undefined)
})

test('what nobody has listened to for long is forgotten, and that is told', async () => {
  const fleet = testFleet()
  using hub = createEventHub(fleet)
  const firstOf = async (lastId?: string): Promise<Received | undefined> => {
    const stream = hub.listen({ viewer: anybody(true), who: 'alice', ...(lastId !== undefined && { lastId }) })
    assert.ok(stream)
    hub.end()
    for await (const event of eventsOf(stream)) return event
    return undefined
  }
  const ready = await firstOf()
  for (let beat = 1; beat < 40; beat += 1) hub.heartbeat()
  fleet.publish(app(appReport('a')))
  assert.equal((await firstOf(ready?.id))?.event, 'app')
  for (let beat = 0; beat < 40; beat += 1) hub.heartbeat()
  fleet.publish(app(appReport('b')))
  assert.equal((await firstOf(ready?.id))?.event, 'reload')
})

test('a heartbeat is a comment that no client takes for an event', async () => {
  using hub = createEventHub(testFleet())
  const stream = hub.listen({ viewer: anybody(true), who: 'alice' })
  hub.heartbeat()
  hub.end()
  assert.ok(stream)
  const texts = await readText(stream)
  assert.match(texts, /^: heartbeat$/m)
})

test('the end of the service ends all who listen', async () => {
  const serving = await serve()
  const listener = await listen(serving)
  await listener.take(1)
  await serving[Symbol.asyncDispose]()
  await assert.rejects(listener.take(1), /ended|terminated/)
})

test('a listener is told of nothing that he may not see, and an app that leaves his sight is gone for him', async () => {
  const projects = fc.constantFrom('mine', 'theirs')
  const changes = fc.array(fc.record({ app: fc.nat(4), project: projects, isGone: fc.boolean() }), { maxLength: 40 })
  const role: AccessRole = { users: ['alice'], groups: [], projects: ['mine'], clusters: ['*'], values: true }
  await fc.assert(
    fc.asyncProperty(changes, async (steps) => {
      const fleet = testFleet()
      using hub = createEventHub(fleet)
      const viewer = viewerByRoles({ user: 'alice', groups: [] }, [role])
      const stream = hub.listen({ viewer, who: 'alice' })
      assert.ok(stream)
      for (const [index, { app: number, project, isGone }] of steps.entries()) {
        const report = appReport(`app-${number}`, { project, labels: { step: String(index), [project]: project } })
        fleet.publish(isGone ? { type: 'appGone', app: report.summary.id } : app(report))
        fleet.publish({ type: 'cluster', report: clusterReport(`theirs-${index}`) })
      }
      hub.end()
      const known = new Set<unknown>()
      for await (const { event, data } of eventsOf(stream)) {
        assert.doesNotMatch(JSON.stringify(data), /theirs/)
        assert.ok(['ready', 'app', 'appGone'].includes(event), event)
        if (event === 'app') known.add(data.id)
        if (event === 'appGone') assert.ok(known.delete(data.id), 'one that he never saw is gone')
      }
      const seen = [...fleet.apps.values()].filter(({ summary }) => summary.project === 'mine')
      assert.deepEqual([...known].toSorted(), seen.map(({ summary }) => summary.id as string).toSorted())
    }),
  )
})
