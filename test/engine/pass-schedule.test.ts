import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { followSchedule, passIntervalSeconds } from '../../src/engine/pass-schedule.ts'
import { type CronSchedule, parseCronSchedule } from '../../src/text/cron-schedule.ts'

const HOUR = 3600
const NOON = Date.UTC(2026, 0, 1, 12)

function cron(text: string): CronSchedule {
  const schedule = parseCronSchedule(text)
  assert.ok(schedule !== undefined)
  return schedule
}

for (const [expression, seconds] of [
  ['*/10 * * * *', 600],
  ['30 2 * * *', 24 * HOUR],
  // From Friday evening to Monday morning.
  ['0 8-18 * * 1-5', 62 * HOUR],
  ['0 0 30 2 *', 0],
] as const)
  test(`the longest time between two passes of ${expression} is ${seconds} s`, () => {
    assert.equal(passIntervalSeconds(cron(expression), NOON), seconds)
  })

/** A schedule that is followed by a clock which the test moves. */
function follow(t: TestContext, expression: string, run: () => Promise<void> = async () => undefined) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const clock = { time: NOON, runs: 0 }
  const stop = followSchedule(
    cron(expression),
    () => clock.time,
    () => {
      clock.runs += 1
      return run()
    },
  )
  t.after(stop)
  return {
    clock,
    stop,
    async pass(seconds: number): Promise<void> {
      for (let second = 0; second < seconds; second += 1) {
        clock.time += 1000
        t.mock.timers.tick(1000)
        await Promise.resolve()
      }
    },
  }
}

test('a schedule runs on the minute, each time once, until it is stopped', async (t) => {
  const { clock, pass, stop } = follow(t, '*/10 * * * *')
  await pass(599)
  assert.equal(clock.runs, 0)
  await pass(1)
  assert.equal(clock.runs, 1)
  await pass(600)
  assert.equal(clock.runs, 2)
  stop()
  await pass(1200)
  assert.equal(clock.runs, 2)
})

test('what still runs is not run again, and afterwards it is', async (t) => {
  let end = (): void => undefined
  const { clock, pass } = follow(t, '* * * * *', () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    end = resolve
    return promise
  })
  await pass(180)
  assert.equal(clock.runs, 1)
  end()
  await pass(60)
  assert.equal(clock.runs, 2)
})

test('a clock that is set forward has it run once, and one that is set back does not stop it', async (t) => {
  const { clock, pass } = follow(t, '*/10 * * * *')
  clock.time += 24 * HOUR * 1000
  await pass(5)
  assert.equal(clock.runs, 1)
  clock.time -= 48 * HOUR * 1000
  await pass(600)
  assert.equal(clock.runs, 2)
})
