import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { onAbort } from '../../src/concurrency/on-abort.ts'

test('who waits for a signal is called once, in order, unless that was taken back', () => {
  const controller = new AbortController()
  const called: string[] = []
  const add = (name: string) => onAbort(controller.signal, () => called.push(name))
  add('first')
  const takeBack = add('second')
  add('third')
  takeBack()
  assert.deepEqual(called, [])
  controller.abort()
  controller.abort()
  assert.deepEqual(called, ['first', 'third'])
})

test('the same function waits as often as it was given', () => {
  const controller = new AbortController()
  let called = 0
  const count = (): void => {
    called += 1
  }
  onAbort(controller.signal, count)
  onAbort(controller.signal, count)()
  controller.abort()
  assert.equal(called, 1)
})

test('one that takes another back while they are called is heard, and the signal has one listener for all', () => {
  const controller = new AbortController()
  const called: string[] = []
  onAbort(controller.signal, () => {
    called.push('first')
    takeBack()
  })
  const takeBack = onAbort(controller.signal, () => called.push('second'))
  assert.equal(getEventListeners(controller.signal, 'abort').length, 1)
  controller.abort()
  assert.deepEqual(called, ['first'])
})
