import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAppState } from '../../src/engine/app-state.ts'
import { createDurablePublisher } from '../../src/engine/state/durable-publisher.ts'
import { parseState } from '../../src/engine/state/saved-state.ts'
import { reportOf, verdictOf } from '../../src/engine/verdict/report.ts'
import { savedApp } from '../../src/engine/verdict/saved-app.ts'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import type { AppId } from '../../src/model/identity.ts'
import { app, createFixture } from './engine-fixture.ts'

/** A state file whose writing ends when the test says so. */
async function publisherOf() {
  await using fixture = await createFixture()
  const appState = createAppState(app(fixture, { name: 'shop' }), undefined, 1)
  const report = reportOf(appState, verdictOf(appState, undefined, []), 0)
  const told: FleetUpdate[] = []
  const written: string[] = []
  const logged: string[] = []
  const writing: PromiseWithResolvers<void>[] = []
  let time = 0
  const publisher = createDurablePublisher({
    file: {
      read: async () => undefined,
      setAside: async () => '',
      write: (text) => {
        written.push(text)
        const write = Promise.withResolvers<void>()
        writing.push(write)
        return write.promise
      },
    },
    emit: (updates) => told.push(...updates),
    log: (_level, message) => logged.push(message),
    clock: () => time,
  })
  return {
    id: appState.id,
    told,
    written,
    logged,
    publisher,
    publish: (flip: boolean) => publisher.publish(report, savedApp(appState, report), flip),
    /** @param took milliseconds */
    endWrite: async (error?: Error, took = 0) => {
      time += took
      const write = writing.shift()
      if (error === undefined) write?.resolve()
      else write?.reject(error)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

const typesOf = (updates: readonly FleetUpdate[]): readonly string[] => updates.map(({ type }) => type)

test('a flip is on disk before it is told', async () => {
  const { publish, told, written, endWrite, id } = await publisherOf()
  publish(true)
  assert.deepEqual(told, [])
  assert.ok(parseState(written[0] ?? '').has(id))
  await endWrite()
  assert.deepEqual(typesOf(told), ['app'])
})

test('what is no flip is told at once, unless a flip of the same app is on its way', async () => {
  const { publish, told, endWrite } = await publisherOf()
  publish(false)
  assert.deepEqual(typesOf(told), ['app'])
  publish(true)
  publish(false)
  assert.equal(told.length, 1)
  await endWrite()
  await endWrite()
  assert.equal(told.length, 3)
})

test('the end of a pass, and of an app, are told after what came before', async () => {
  const { publish, told, endWrite, publisher, id } = await publisherOf()
  publish(true)
  publisher.remove(id)
  publisher.emitAfter({ type: 'pass', first: true, endedAt: 1 })
  assert.deepEqual(told, [])
  await endWrite()
  await endWrite()
  assert.deepEqual(typesOf(told), ['app', 'appGone', 'pass'])
})

test('a disk that is full keeps nothing from being told', async () => {
  const { publish, told, endWrite, logged } = await publisherOf()
  publish(true)
  await endWrite(new Error('ENOSPC'))
  assert.deepEqual(typesOf(told), ['app'])
  assert.deepEqual(logged, ['the state file cannot be written'])
})

test('flips that come while one is written are written together', async () => {
  const { publish, written, endWrite, told } = await publisherOf()
  publish(true)
  for (let count = 0; count < 10; count += 1) publish(true)
  await endWrite()
  await endWrite()
  assert.equal(written.length, 2)
  assert.deepEqual(typesOf(told), ['app', 'app'])
})

test('after a write that took long flips are gathered, but not at the end', async () => {
  const { publish, publisher, written, endWrite, told } = await publisherOf()
  publish(true)
  publish(true)
  await endWrite(undefined, 1e6)
  assert.equal(written.length, 1)
  assert.equal(told.length, 1)
  const flushed = publisher.flush()
  await new Promise((resolve) => setImmediate(resolve))
  await endWrite()
  await flushed
  assert.equal(written.length, 2)
  assert.equal(told.length, 2)
})

test('an app that is gone leaves the state', async () => {
  const { publish, publisher, written, endWrite, id } = await publisherOf()
  publish(false)
  publisher.remove(id as AppId)
  const flushed = publisher.flush()
  await endWrite()
  await flushed
  assert.deepEqual([...parseState(written.at(-1) ?? '').keys()], [])
})
