import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { connect, scripted } from '../clusters/scripted.ts'
import type { ScriptedApiServer } from '../servers/scripted-api-server.ts'
import { type ServedCollection, serveCollection } from '../servers/served-collection.ts'
import { type Knowledge, type ReflectorUser, USERS } from './users.ts'

/** Nothing takes that long: this turns a hang into a failure that shows what is known. */
const DEADLINE_MS = 60_000
/** A slow machine is no loss of contact. */
const LIMITS = { lostAfter: 600_000, watchSilence: 600_000, firstPause: 20, longestPause: 100 }

interface Stage {
  readonly server: ScriptedApiServer
  readonly served: ServedCollection
  readonly known: Knowledge
  readonly stop: () => void
  set(name: string, text: string): void
  remove(name: string): void
  /** Waits until just these objects are known, and there is contact. */
  untilSeen(expected: Readonly<Record<string, string>>): Promise<void>
}

interface StageOptions {
  readonly objects?: Readonly<Record<string, string>>
  readonly pageSize?: number
  /** How long watches may fail before contact counts as lost. Milliseconds. */
  readonly lostAfter?: number
  /** Before it starts. */
  readonly prepare?: (served: ServedCollection) => void
}

async function stage(t: TestContext, user: ReflectorUser, options: StageOptions = {}): Promise<Stage> {
  const server = await scripted(t)
  const { objects = {}, pageSize, lostAfter = LIMITS.lostAfter, prepare } = options
  const served = serveCollection(server, { ...user.collection, ...(pageSize !== undefined && { pageSize }) })
  const set = (name: string, text: string): void => served.set(user.manifest(name, text))
  for (const [name, text] of Object.entries(objects)) set(name, text)
  prepare?.(served)
  const connector = await connect(t, { server: server.url }, undefined, { ...LIMITS, lostAfter })
  const stop = new AbortController()
  t.after(() => stop.abort())
  const known = user.start(connector, stop.signal)
  return {
    server,
    served,
    known,
    set,
    stop: () => stop.abort(),
    remove: (name) => served.remove(user.nameOf(name)),
    untilSeen: (expected) =>
      until(
        () => known.isComplete() && JSON.stringify(known.seen()) === JSON.stringify(expected),
        () => `expected ${JSON.stringify(expected)}, known is ${JSON.stringify([known.seen(), known.failure()])}`,
      ),
  }
}

async function until(holds: () => boolean, what: () => string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (!holds()) {
    assert.ok(Date.now() < deadline, what())
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const untilWatched = ({ served }: Stage): Promise<void> =>
  until(
    () => served.openWatches > 0,
    () => 'nobody watches',
  )

for (const user of USERS)
  describe(user.title, () => {
    test('knows what is listed, and what a watch tells of it', async (t) => {
      const one = await stage(t, user, { objects: { a: '1', b: '1' } })
      await one.untilSeen({ a: '1', b: '1' })
      await untilWatched(one)
      one.set('c', '1')
      one.set('a', '2')
      one.remove('b')
      await one.untilSeen({ a: '2', c: '1' })
      assert.equal(one.served.lists.length, 1)
    })

    test('goes on at the last bookmark when its watch ends, without a new list', async (t) => {
      const one = await stage(t, user, { objects: { a: '1' } })
      await one.untilSeen({ a: '1' })
      await untilWatched(one)
      const bookmark = one.served.bookmark()
      one.served.endWatches('orderly')
      await until(
        () => one.served.watchedFrom.includes(bookmark),
        () => `it watched from ${one.served.watchedFrom}, the bookmark was ${bookmark}`,
      )
      one.set('b', '1')
      await one.untilSeen({ a: '1', b: '1' })
      assert.equal(one.served.lists.length, 1)
    })

    for (const how of ['status', 'event'] as const)
      test(`lists again after 410 Gone as ${how === 'status' ? 'an HTTP status' : 'an ERROR event'}`, async (t) => {
        const one = await stage(t, user, { objects: { a: '1', b: '1', c: '1' } })
        await one.untilSeen({ a: '1', b: '1', c: '1' })
        await untilWatched(one)
        // It is told of none of these, since its watch ends in the same moment.
        const release = one.served.hold()
        one.served.endWatches('orderly')
        one.remove('b')
        one.set('c', '2')
        one.set('d', '1')
        one.served.expire(how)
        release()
        // What was being read one by one may be seen before the list.
        await until(
          () => one.served.lists.length > 1,
          () => `${one.served.lists.length} lists`,
        )
        await one.untilSeen({ a: '1', c: '2', d: '1' })
        assert.equal(one.served.lists.length, 2)
      })

    test('says that it may not read, asks again after a pause, and goes on once it may', async (t) => {
      const one = await stage(t, user, { objects: { a: '1' }, prepare: (served) => served.refuse(403) })
      const { served } = one
      const asked = listTimes(one, user)
      // What reads single objects may know of the refusal before it lists.
      await until(
        () => one.known.failure()?.code === 'GDE_CLUSTER_FORBIDDEN' && asked().length > 0,
        () => `the failure is ${one.known.failure()?.code}`,
      )
      assert.deepEqual(one.known.seen(), {})
      assert.equal(one.known.isComplete(), false)
      served.refuse(undefined)
      await one.untilSeen({ a: '1' })
      assert.equal(one.known.failure(), undefined)
      await untilWatched(one)
      assert.ok(asked().length >= 2)
      assertPauses(asked(), () => user.shortestRetryMs)
      one.set('b', '1')
      await one.untilSeen({ a: '1', b: '1' })
    })

    test('loses nothing when its watch is cut in the middle of a line', async (t) => {
      const one = await stage(t, user, { objects: { a: '1', b: '1' } })
      await one.untilSeen({ a: '1', b: '1' })
      await untilWatched(one)
      one.served.endWatches('inAMiddle')
      one.remove('a')
      one.set('b', '2')
      one.set('c', '1')
      await one.untilSeen({ b: '2', c: '1' })
    })

    test('asks less and less often while lists are refused, and knows everything afterwards', async (t) => {
      const one = await stage(t, user, { objects: { a: '1' }, prepare: (served) => served.refuse(500) })
      const asked = listTimes(one, user)
      await until(
        () => one.known.failure()?.code === 'GDE_CLUSTER_UNREACHABLE' && asked().length >= 5,
        () => `after ${asked().length} lists the failure is ${one.known.failure()?.code}`,
      )
      assert.deepEqual(one.known.seen(), {})
      assertPauses(asked(), (failures) => Math.min(LIMITS.firstPause * 2 ** failures, LIMITS.longestPause) / 2)
      one.served.refuse(undefined)
      await one.untilSeen({ a: '1' })
      assert.equal(one.known.failure(), undefined)
    })

    // Within `lostAfter` a list is compared with what was delivered; after it, the connector delivers everything anew.
    for (const { away, lostAfter } of [
      { away: 'for a moment', lostAfter: LIMITS.lostAfter },
      { away: 'for so long that contact is lost', lostAfter: 50 },
    ])
      test(`keeps what it knows while the server is away ${away}, and then lists what changed`, async (t) => {
        const one = await stage(t, user, { objects: { a: '1', b: '1' }, lostAfter })
        await one.untilSeen({ a: '1', b: '1' })
        await untilWatched(one)
        const before = requestsOf(one, user).length
        one.served.refuse(503)
        // The pauses between so many are longer than the shorter `lostAfter`.
        await until(
          () => requestsOf(one, user).length >= before + 6,
          () => 'it does not try again',
        )
        assert.deepEqual(Object.keys(one.known.seen()), ['a', 'b'])
        one.remove('a')
        one.set('c', '1')
        one.served.expire('status')
        one.served.refuse(undefined)
        await one.untilSeen({ b: '1', c: '1' })
      })

    test('asks and learns nothing more once it is stopped while it lists', async (t) => {
      let release = (): void => undefined
      const one = await stage(t, user, {
        objects: { a: '1' },
        prepare: (served) => {
          release = served.hold()
        },
      })
      await until(
        () => requestsOf(one, user).length > 0,
        () => 'it does not list',
      )
      one.stop()
      const before = one.server.requests.length
      release()
      for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1))
      assert.deepEqual(one.known.seen(), {})
      assert.equal(one.known.isComplete(), false)
      assert.equal(one.server.requests.length, before)
    })

    test('puts the pages of a list together', async (t) => {
      const objects = { a: '1', b: '1', c: '1', d: '1', e: '1' }
      const one = await stage(t, user, { objects, pageSize: 2 })
      await one.untilSeen(objects)
      assert.equal(one.served.lists.length, 1)
    })

    test('begins a list anew whose continue token has expired', async (t) => {
      const objects = { a: '1', b: '1', c: '1', d: '1', e: '1' }
      const prepare = (served: ServedCollection): void => served.expireNextPage()
      const one = await stage(t, user, { objects, pageSize: 2, prepare })
      await one.untilSeen(objects)
      await until(
        () => one.served.lists.length === 2,
        () => `it listed ${one.served.lists.length} times`,
      )
    })
  })

/** When it asked for lists so far, by `performance.now()`, even those that were refused. */
function listTimes(one: Stage, user: ReflectorUser): () => readonly number[] {
  return () => requestsOf(one, user).flatMap(({ request, time }) => (request.includes('watch=') ? [] : time))
}

/** Its requests for lists and watches. */
function requestsOf({ server }: Stage, { collection }: ReflectorUser) {
  const path = new RegExp(`^GET /api/v1/(namespaces/shop/)?${collection.resource}\\?`)
  const requests = server.requests.map((request, index) => ({ request, time: server.times[index] ?? 0 }))
  return requests.filter(({ request }) => path.test(request))
}

/** @param shortestMs the pause after so many failures; timers may be early by a fraction of a millisecond */
function assertPauses(times: readonly number[], shortestMs: (failures: number) => number): void {
  for (const [index, time] of times.slice(1, 5).entries()) {
    const paused = time - (times[index] ?? 0)
    assert.ok(paused >= shortestMs(index) - 2, `after ${index + 1} failures it paused only ${paused} ms`)
  }
}
