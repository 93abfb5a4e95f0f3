import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAppState } from '../../src/engine/app-state.ts'
import { createDurablePublisher } from '../../src/engine/state/durable-publisher.ts'
import { parseState } from '../../src/engine/state/saved-state.ts'
import { reportOf, verdictOf } from '../../src/engine/verdict/report.ts'
import { savedApp } from '../../src/engine/verdict/saved-app.ts'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import { app, createFixture } from './engine-fixture.ts'

/** A state file in memory, and flips that are in the journal when the test says so. */
async function publisherOf(failure?: Error, disk: Promise<void> = Promise.resolve()) {
  await using fixture = await createFixture()
  const appState = createAppState(app(fixture, { name: 'shop' }), undefined, 1)
  const report = reportOf(appState, verdictOf(appState, undefined, []), 0)
  const told: FleetUpdate[] = []
  const written: string[] = []
  const logged: string[] = []
  const recording: PromiseWithResolvers<void>[] = []
  const publisher = createDurablePublisher({
    file: {
      read: async () => undefined,
      setAside: async () => '',
      write: async (parts) => {
        if (failure !== undefined) throw failure
        written.push([...parts].join(''))
        await disk
      },
    },
    emit: (updates) => told.push(...updates),
    log: (_level, message) => logged.push(message),
  })
  const flip = (): Promise<void> => {
    const recorded = Promise.withResolvers<void>()
    recording.push(recorded)
    return recorded.promise
  }
  return {
    id: appState.id,
    told,
    written,
    logged,
    publisher,
    flip,
    publish: (isFlip: boolean) => publisher.publish(report, savedApp(appState, report), isFlip ? flip() : undefined),
    /** The journal has the oldest flip that it lacked. */
    recorded: async () => {
      recording.shift()?.resolve()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

const typesOf = (updates: readonly FleetUpdate[]): readonly string[] => updates.map(({ type }) => type)

test('a flip is in the journal before it is told', async () => {
  const { publish, told, recorded } = await publisherOf()
  publish(true)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(told, [])
  await recorded()
  assert.deepEqual(typesOf(told), ['app'])
})

test('what is no flip is told at once, unless a flip of the same app is on its way', async () => {
  const { publish, told, recorded } = await publisherOf()
  publish(false)
  assert.deepEqual(typesOf(told), ['app'])
  publish(true)
  publish(false)
  assert.equal(told.length, 1)
  await recorded()
  assert.equal(told.length, 3)
})

test('the end of a pass, and of an app, are told after what came before', async () => {
  const { publish, told, flip, publisher, id, recorded } = await publisherOf()
  publish(true)
  publisher.remove(id, flip())
  publisher.emitAfter({ type: 'pass', first: true, endedAt: 1 })
  assert.deepEqual(told, [])
  await recorded()
  assert.deepEqual(typesOf(told), ['app'])
  await recorded()
  assert.deepEqual(typesOf(told), ['app', 'appGone', 'pass'])
})

test('a disk that is full keeps nothing from being told', async () => {
  const { publish, told, publisher, recorded, logged } = await publisherOf(new Error('ENOSPC'))
  publish(true)
  await recorded()
  await publisher.flush()
  assert.deepEqual(typesOf(told), ['app'])
  assert.deepEqual(logged[0], 'the state file cannot be written')
})

test('at the end everything is told and written', async () => {
  const { publish, publisher, written, told, recorded, id } = await publisherOf()
  publish(true)
  publish(true)
  const flushed = publisher.flush()
  await recorded()
  await recorded()
  await flushed
  assert.equal(told.length, 2)
  assert.ok(parseState(written.at(-1) ?? '').has(id))
})

test('what changes while the state is written is in the next one', async () => {
  const disk = Promise.withResolvers<void>()
  const { publish, publisher, written, id } = await publisherOf(undefined, disk.promise)
  publisher.remove(id)
  const flushed = publisher.flush()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(written.length, 1)
  publish(false)
  disk.resolve()
  await flushed
  assert.equal(written.length, 2)
  assert.ok(parseState(written.at(-1) ?? '').has(id))
})

test('since when an app drifts is not in the state file: the journal alone says it', async () => {
  const { publish, publisher, written } = await publisherOf()
  publish(false)
  await publisher.flush()
  assert.doesNotMatch(written.at(-1) ?? '', /outOfSyncSince/)
})

test('an app that is gone leaves the state', async () => {
  const { publish, publisher, written, id } = await publisherOf()
  publish(false)
  publisher.remove(id)
  await publisher.flush()
  assert.deepEqual([...parseState(written.at(-1) ?? '').keys()], [])
})
