import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createEventLoopSlice } from '../../src/concurrency/event-loop-slice.ts'
import { type AppState, createAppState } from '../../src/engine/app-state.ts'
import { createReportQueue } from '../../src/engine/verdict/report-queue.ts'
import { app, createFixture } from './engine-fixture.ts'

/** A queue whose time the test makes pass, and three apps. */
async function createQueue(t: TestContext) {
  const fixture = await createFixture()
  t.after(() => fixture[Symbol.asyncDispose]())
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const reported: string[] = []
  const queue = createReportQueue({
    report: ({ app: { name } }) => void reported.push(name),
    slice: createEventLoopSlice(),
    signal: new AbortController().signal,
  })
  const [one, two, three] = ['one', 'two', 'three'].map((name) => createAppState(app(fixture, { name }), undefined, 0))
  assert.ok(one !== undefined && two !== undefined && three !== undefined)
  const due = async (milliseconds: number): Promise<readonly string[]> => {
    t.mock.timers.tick(milliseconds)
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    return reported.splice(0)
  }
  return { queue, one, two, three, due }
}

test('what is news is reported in the turn in which it comes, once', async (t) => {
  const { queue, one, two, due } = await createQueue(t)
  queue.add(one)
  queue.add(two)
  queue.add(one)
  assert.deepEqual(await due(0), ['one', 'two'])
  assert.deepEqual(await due(10_000), [])
})

test('what is hardly new is gathered for 0.7 s, whatever comes meanwhile', async (t) => {
  const { queue, one, two, due } = await createQueue(t)
  queue.addLater(one, undefined)
  assert.deepEqual(await due(500), [])
  queue.addLater(two, undefined)
  queue.addLater(one, undefined)
  assert.deepEqual(await due(199), [])
  assert.deepEqual(await due(1), ['one', 'two'])
  queue.addLater(one, undefined)
  assert.deepEqual(await due(699), [])
  assert.deepEqual(await due(1), ['one'])
})

test('what is gathered goes with the news of its app, and waits no longer', async (t) => {
  const { queue, one, two, due } = await createQueue(t)
  queue.addLater(one, undefined)
  queue.addLater(two, undefined)
  queue.add(one)
  queue.addLater(one, undefined)
  assert.deepEqual(await due(0), ['one'])
  assert.deepEqual(await due(700), ['two'])
})

test('only what was written again, or is news, would be hidden by the next change of the object', async (t) => {
  const { queue, one, two, three, due } = await createQueue(t)
  queue.addLater(one, undefined)
  queue.addLater(two, '/ConfigMap/shop/settings')
  queue.add(three)
  assert.equal(queue.takeFor(two, '/ConfigMap/shop/other'), false)
  const taken = [one, two, three].map((each) => queue.takeFor(each, '/ConfigMap/shop/settings'))
  assert.deepEqual(taken, [false, true, true])
  assert.equal(queue.takeFor(two, '/ConfigMap/shop/settings'), false)
  assert.deepEqual(await due(700), ['one'])
})

test('what is gathered can be taken before its time, what is news has its turn', async (t) => {
  const { queue, one, two, due } = await createQueue(t)
  queue.addLater(one, undefined)
  queue.add(two)
  assert.deepEqual(
    [one, two].map((each) => queue.takeGathered(each)),
    [true, false],
  )
  assert.deepEqual(await due(700), ['two'])
})

test('what was gathered can be taken until it is reported, unless there is news', async (t) => {
  const { queue, one, two, three, due } = await createQueue(t)
  for (const each of [one, two, three]) queue.addLater(each, undefined)
  t.mock.timers.tick(700)
  queue.add(two)
  assert.deepEqual(
    [one, two].map((each) => queue.takeGathered(each)),
    [true, false],
  )
  assert.equal(queue.takeGathered(one), false)
  assert.deepEqual(await due(0), ['two', 'three'])
  assert.equal(queue.takeGathered(three), false)
})

test('who waits until all is quiet waits for no time to pass', async (t) => {
  const { queue, one, due } = await createQueue(t)
  queue.addLater(one, undefined)
  await queue.quiet()
  assert.deepEqual(await due(0), ['one'])
})

test('an app that is removed is not reported', async (t) => {
  const { queue, one, two, due } = await createQueue(t)
  const removed: AppState = one
  queue.addLater(removed, '/ConfigMap/shop/settings')
  queue.addLater(two, undefined)
  removed.removed = true
  assert.equal(queue.takeFor(removed, '/ConfigMap/shop/settings'), false)
  assert.deepEqual(await due(700), ['two'])
})
