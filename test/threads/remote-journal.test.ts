import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import type { NumberedSighting } from '../../src/journal/store/journal-store.ts'
import { createRemoteJournal, type RemoteJournal } from '../../src/threads/remote-journal.ts'
import type { JournalMethods } from '../../src/threads/rpc/protocol.ts'
import { answerCalls } from '../../src/threads/rpc/rpc.ts'
import { until } from '../commands/until.ts'
import { drifted, episodeApp, sighting } from '../journal/sightings.ts'

const STATUS = { up: true, bytes: 0, setAside: 0, mode: 'wal', problems: [] } as const

/** What stands at the other end of the port: it has written a group only when the test says so. */
function writer(journal: RemoteJournal) {
  const groups: (readonly NumberedSighting[])[] = []
  const unwritten: (() => void)[] = []
  const { port1, port2 } = new MessageChannel()
  answerCalls<JournalMethods>(port2, {
    restore: () => ({ restored: { apps: [], hasTakenOver: true }, status: STATUS }),
    takeOver: () => undefined,
    observing: () => undefined,
    record: (group) => {
      groups.push(group)
      return new Promise((resolve) => unwritten.push(() => resolve({ ended: [], status: STATUS })))
    },
  })
  journal.connect(port1)
  return {
    groups,
    namesOf: (index: number) => groups[index]?.map(({ sighting: { app } }) => app.name),
    arrived: (count: number) => until(`group ${count}`, async () => (groups.length >= count ? true : undefined)),
    write: () => unwritten.shift()?.(),
    die: () => port2.close(),
    [Symbol.dispose]: () => port2.close(),
  }
}

const createJournal = () =>
  createRemoteJournal(
    () => undefined,
    (_level, message) => assert.fail(message),
  )
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
