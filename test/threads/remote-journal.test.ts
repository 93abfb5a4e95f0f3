import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import type { NumberedSighting } from '../../src/journal/store/journal-store.ts'
import { createRemoteJournal, type RemoteJournal, type RemoteJournalOptions } from '../../src/threads/remote-journal.ts'
import type { JournalMethods } from '../../src/threads/rpc/protocol.ts'
import { answerCalls } from '../../src/threads/rpc/rpc.ts'
import { until } from '../commands/until.ts'
import { drifted, episodeApp, sighting } from '../journal/sightings.ts'

const STATUS = { up: true, bytes: 0, setAside: 0, mode: 'wal', problems: [] } as const

/** What stands at the other end of the port: it has written a group only when the test says so. */
function writer(journal: RemoteJournal) {
  const groups: (readonly NumberedSighting[])[] = []
  const calls: string[] = []
  const unwritten: (() => void)[] = []
  const { port1, port2 } = new MessageChannel()
  answerCalls<JournalMethods>(port2, {
    restore() {
      calls.push('restore')
      return { restored: { apps: [], hasTakenOver: true }, status: STATUS }
    },
    takeOver: (apps) => void calls.push(`takeOver ${apps.length}`),
    observing: () => void calls.push('observing'),
    record: (group) => {
      groups.push(group)
      return new Promise((resolve) => unwritten.push(() => resolve({ ended: [], status: STATUS })))
    },
  })
  journal.connect(port1)
  return {
    groups,
    calls,
    namesOf: (index: number) => groups[index]?.map(({ sighting: { app } }) => app.name),
    arrived: (count: number) => until(`group ${count}`, async () => (groups.length >= count ? true : undefined)),
    write: () => unwritten.shift()?.(),
    die: () => port2.close(),
    [Symbol.dispose]: () => port2.close(),
  }
}

const createJournal = (options: Partial<RemoteJournalOptions> = {}) =>
  createRemoteJournal({
    measure: () => undefined,
    start: () => undefined,
    isThere: () => true,
    log: (_level, message) => assert.fail(message),
    ...options,
  })
const flip = (name: string) => sighting(episodeApp(name), 100, [drifted('web')])

test('a flip is published when it is written, and not before', async () => {
  const journal = createJournal()
  using other = writer(journal)
  let isPublished = false
  const published = journal.record(flip('a')).then(() => {
    isPublished = true
  })
  await other.arrived(1)
  await journal.restore()
  assert.equal(isPublished, false)
  other.write()
  await published
})

test('for a journal thread that does not come a flip waits five seconds and no longer, and is written when one comes', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const journal = createJournal()
  let isPublished = false
  const published = journal.record(flip('a')).then(() => {
    isPublished = true
  })
  t.mock.timers.tick(4999)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isPublished, false)
  t.mock.timers.tick(1)
  await published
  t.mock.timers.reset()
  using late = writer(journal)
  await late.arrived(1)
  assert.deepEqual(late.namesOf(0), ['a'])
  late.write()
  await journal.flush()
})

test('what one turn tells is one group, and what comes while it is written is the next: none waits for others to come', async () => {
  const journal = createJournal()
  using other = writer(journal)
  const first = ['a', 'b', 'c'].map((name) => journal.record(flip(name)))
  await other.arrived(1)
  const second = ['d', 'e'].map((name) => journal.record(flip(name)))
  other.write()
  await Promise.all(first)
  await other.arrived(2)
  other.write()
  await Promise.all(second)
  assert.deepEqual(
    [other.namesOf(0), other.namesOf(1)],
    [
      ['a', 'b', 'c'],
      ['d', 'e'],
    ],
  )
  assert.equal(other.groups.length, 2)
})

test('however many flip at once, no group is larger than five hundred', async () => {
  const journal = createJournal()
  using other = writer(journal)
  const all = Array.from({ length: 1100 }, (_, index) => journal.record(flip(`app-${index}`)))
  for (let count = 1; count <= 3; count += 1) {
    await other.arrived(count)
    other.write()
  }
  await Promise.all(all)
  assert.deepEqual(
    other.groups.map(({ length }) => length),
    [500, 500, 100],
  )
})

test('a group that a thread died with is told to the next one, with the same numbers', async () => {
  const journal = createJournal()
  using first = writer(journal)
  const all = [journal.record(flip('a')), journal.record(flip('b'))]
  await first.arrived(1)
  first.die()
  using second = writer(journal)
  await second.arrived(1)
  second.write()
  await Promise.all(all)
  assert.deepEqual(second.groups, first.groups)
})

test('a journal that is not there is begun with the first app, and asked for nothing before', async () => {
  let started = 0
  const journal = createJournal({ start: () => (started += 1), isThere: () => false })
  assert.deepEqual(await journal.restore(), { apps: [], hasTakenOver: false })
  await journal.takeOver([])
  journal.observing(100)
  await journal.flush()
  assert.equal(started, 0)
  journal.prepare()
  journal.prepare()
  assert.equal(started, 1)
  using other = writer(journal)
  await until('it is asked', async () => (other.calls.length >= 2 ? true : undefined))
  journal.observing(200)
  await journal.restore()
  assert.equal(started, 1)
  // What the state file has not was taken over, so that the next process does not look for it there.
  assert.deepEqual(other.calls, ['takeOver 0', 'restore', 'observing', 'restore'])
})

test('a journal that is there is asked at once, and so is one that takes over what a state file has', async () => {
  let started = 0
  const start = (): void => {
    started += 1
  }
  const known = createJournal({ start })
  const restored = known.restore()
  assert.equal(started, 1)
  using other = writer(known)
  await restored
  const begun = createJournal({ start, isThere: () => false })
  const taken = begun.takeOver([{ app: episodeApp('a'), history: '' }])
  assert.equal(started, 2)
  using another = writer(begun)
  await taken
  await begun.restore()
  assert.deepEqual([other.calls, another.calls], [['restore'], ['takeOver 1', 'restore']])
})
