import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSemaphore } from '../../src/concurrency/semaphore.ts'

const NEVER = new AbortController().signal

test('a semaphore lets so many pieces of work in at a time, and the rest in order', async () => {
  const semaphore = createSemaphore(2)
  const begun: number[] = []
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
  const works = ends.map((end, index) =>
    semaphore(NEVER, async () => {
      begun.push(index)
      await end.promise
    }),
  )
  await new Promise(setImmediate)
  assert.deepEqual(begun, [0, 1])
  ends[1]?.resolve()
  await works[1]
  await new Promise(setImmediate)
  assert.deepEqual(begun, [0, 1, 2])
  for (const end of ends) end.resolve()
  await Promise.all(works)
  assert.deepEqual(begun, [0, 1, 2, 3])
})

test('work that fails makes room, and who gives up while waiting never begins', async () => {
  const semaphore = createSemaphore(1)
  const first = Promise.withResolvers<void>()
  const failing = semaphore(NEVER, () => first.promise)
  const impatient = new AbortController()
  let begun = false
  const waiting = semaphore(impatient.signal, async () => {
    begun = true
  })
  impatient.abort()
  await assert.rejects(waiting, { name: 'AbortError' })
  first.reject(new Error('broken'))
  await assert.rejects(failing, /broken/)
  assert.equal(await semaphore(NEVER, async () => 'in'), 'in')
  assert.equal(begun, false)
})
