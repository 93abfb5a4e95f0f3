import type { ScheduledTask } from 'node-cron'
import type { Measurement } from '../model/fleet.ts'

/** So many runs are looked at: weekends are among them. */
const RUNS = 200

type Schedule = Pick<ScheduledTask, 'getNextRuns'>

/** The longest time between two runs of the schedule, seconds. */
export function passIntervalSeconds(task: Schedule): number {
  const times = task.getNextRuns(RUNS).map((run) => run.getTime())
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time))
  return Math.max(0, ...gaps) / 1000
}

export function passIntervalMeasurement(task: Schedule): Measurement {
  return {
    metric: 'gitops_exporter_pass_interval_seconds',
    labels: {},
    action: 'set',
    value: passIntervalSeconds(task),
  }
}
