import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AppState, createAppState } from '../../src/engine/app-state.ts'
import { createTimedApps } from '../../src/engine/timed-apps.ts'
import { AGREED } from '../../src/engine/verdict/controller-disagreement.ts'
import { app, createFixture } from './engine-fixture.ts'

test('an app is looked at each second only as long as time alone may change what is reported of it', async () => {
  await using fixture = await createFixture()
  const stateOf = (name: string): AppState => createAppState(app(fixture, { name }), undefined, 0)
  const judge = ({ reported }: AppState, disagreement = AGREED): void => {
    const { history, values, lag } = reported
    reported.apply({ history, disagreement, manualChanges: values.manualChanges, lag, isJudged: true })
  }
  const timed = createTimedApps()
  const names = (): readonly string[] => [...timed.all()].map((one) => one.app.name)
  const [still, retried, differing, windowed, removed] = ['still', 'retried', 'differing', 'windowed', 'removed'].map(
    (name) => {
      const one = stateOf(name)
      timed.add(one)
      return one
    },
  )
  assert.ok(still && retried && differing && windowed && removed)
  assert.equal(names().length, 5, 'all wait for their first verdict')
  for (const one of [still, retried, windowed, removed]) judge(one)
  judge(differing, { disagreedSince: 1 })
  retried.desired.scheduleRetry(1000)
  windowed.app = { ...windowed.app, syncWindows: [] }
  removed.removed = true
  for (let second = 0; second < 2; second += 1) assert.deepEqual(names(), ['retried', 'differing', 'windowed'])
  retried.desired.scheduleRetry(undefined)
  judge(differing)
  assert.deepEqual(names(), ['windowed'])
  // As each report of it does.
  still.desired.scheduleRetry(2000)
  timed.add(still)
  assert.deepEqual(names(), ['windowed', 'still'])
})
