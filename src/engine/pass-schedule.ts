import type { Measurement } from '../model/fleet.ts'
import { type CronSchedule, nextScheduled } from '../text/cron-schedule.ts'

/** So many runs are looked at: weekends are among them. */
const RUNS = 200
/** A clock that was set is noticed within that. */
const LOOK_MS = 5000

/**
 * Runs at each time of the schedule, but while it still runs. A clock that goes back has it run at the times that come once more; of those that a
 * clock passes over, it runs once.
 * @param now Unix milliseconds
 * @returns how to stop
 */
export function followSchedule(schedule: CronSchedule, now: () => number, run: () => Promise<void>): () => void {
  let looked = now()
  let isRunning = false
  let timer = setTimeout(look, LOOK_MS)
  look()

  function look(): void {
    const time = now()
    const due = nextScheduled(schedule, looked)
    looked = time
    if (due !== undefined && due <= time && !isRunning) {
      isRunning = true
      void run().finally(() => {
        isRunning = false
      })
    }
    const next = nextScheduled(schedule, time)
    clearTimeout(timer)
    timer = setTimeout(look, next === undefined ? LOOK_MS : Math.min(next - time, LOOK_MS))
  }

  return () => clearTimeout(timer)
}

/** The longest time between two runs of the schedule from now on, seconds. */
export function passIntervalSeconds(schedule: CronSchedule, now: number): number {
  let longest = 0
  let before = nextScheduled(schedule, now)
  for (let run = 1; run < RUNS && before !== undefined; run += 1) {
    const next = nextScheduled(schedule, before)
    if (next !== undefined) longest = Math.max(longest, next - before)
    before = next
  }
  return longest / 1000
}

export function passIntervalMeasurement(schedule: CronSchedule, now: number): Measurement {
  return {
    metric: 'gitops_exporter_pass_interval_seconds',
    labels: {},
    action: 'set',
    value: passIntervalSeconds(schedule, now),
  }
}
