import type { SyncWindow } from '../../model/apps/sync-window.ts'
import { type CronSchedule, nextScheduled, parseCronSchedule } from '../../text/cron-schedule.ts'

/** Many apps share one window, and it is asked each second for each of them. */
const answers = new WeakMap<SyncWindow, { readonly second: number; readonly isActive: boolean }>()
const schedules = new WeakMap<SyncWindow, CronSchedule | undefined>()

/**
 * Whether sync windows keep the controller from syncing by itself (SyncWindows.CanSync): one that denies is open, or none of those that
 * allow is.
 * @param now Unix milliseconds
 */
export function denySync(windows: readonly SyncWindow[], now: number): boolean {
  const open = windows.filter((window) => isOpen(window, now))
  if (open.some(({ kind }) => kind === 'deny')) return true
  return open.length === 0 && windows.some(({ kind }) => kind === 'allow')
}

function isOpen(window: SyncWindow, now: number): boolean {
  const second = Math.floor(now / 1000)
  const known = answers.get(window)
  if (known?.second === second) return known.isActive
  const isActive = computeOpen(window, now)
  answers.set(window, { second, isActive })
  return isActive
}

/** It began within its duration, by the clock of its time zone: the zone's offset of now holds for all times (SyncWindow.active). */
function computeOpen(window: SyncWindow, now: number): boolean {
  const schedule = scheduleOf(window)
  if (schedule === undefined) return false
  const local = now + offsetMs(window.timeZone, now)
  const begins = nextScheduled(schedule, local - window.milliseconds)
  // A schedule that names no time in five years counts as one that began long ago.
  return begins === undefined || begins < local
}

function scheduleOf(window: SyncWindow): CronSchedule | undefined {
  if (!schedules.has(window)) schedules.set(window, parseCronSchedule(window.schedule))
  return schedules.get(window)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** How far the zone's clock is ahead of UTC. */
function offsetMs(timeZone: string, now: number): number {
  if (timeZone === 'UTC') return 0
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  formats.set(timeZone, format)
  const name = format.formatToParts(now).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? []
  return (sign === '-' ? -1000 : 1000) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds))
}
