import type { SyncWindow } from '../../../model/apps/sync-window.ts'
import { parseCronSchedule } from '../../../text/cron-schedule.ts'
import { gobwasGlob } from '../../../text/gobwas-glob.ts'
import { type Fields, readObjects, readOptionalFlag, readText, readTexts } from '../../fields/fields.ts'
import { goDurationSeconds } from '../../fields/go-duration.ts'

/** A sync window of an AppProject, and which Applications it is for. */
export interface DeclaredWindow {
  /** Absent: neither allows nor denies. `invalid`: while it is for an Application, the controller does not sync that by itself. */
  readonly window: SyncWindow | 'invalid' | undefined
  readonly applications: readonly string[]
  readonly clusters: readonly string[]
  readonly namespaces: readonly string[]
  readonly andOperator: boolean
}

/** The Application as it is declared. */
export interface WindowTarget {
  readonly name: string
  readonly destination: { readonly server: string; readonly name: string; readonly namespace: string }
}

/** More are a mistake, or meant to keep others waiting. */
const MOST_WINDOWS = 200

/** `spec.syncWindows` of an AppProject. @throws CodedError naming the field */
export function readSyncWindows(spec: Fields): readonly DeclaredWindow[] {
  return readObjects(spec, 'syncWindows')
    .slice(0, MOST_WINDOWS + 1)
    .map((one) => ({
      window: windowOf(one),
      applications: readTexts(one, 'applications'),
      clusters: readTexts(one, 'clusters'),
      namespaces: readTexts(one, 'namespaces'),
      andOperator: readOptionalFlag(one, 'andOperator') ?? false,
    }))
}

/**
 * The windows that are for the Application.
 * @returns undefined where none is, and where one cannot be understood: a mistake keeps nobody quiet
 */
export function syncWindowsOf(
  declared: readonly DeclaredWindow[],
  target: WindowTarget,
): readonly SyncWindow[] | undefined {
  if (declared.length > MOST_WINDOWS) return undefined
  const windows: SyncWindow[] = []
  for (const one of declared) {
    if (!isFor(one, target)) continue
    if (one.window === 'invalid') return undefined
    if (one.window !== undefined) windows.push(one.window)
  }
  return windows.length === 0 ? undefined : windows
}

/** Any list that names it is enough; with `andOperator` each list that is there must (SyncWindows.Matches). */
function isFor(window: DeclaredWindow, { name, destination }: WindowTarget): boolean {
  const { applications, clusters, namespaces, andOperator } = window
  const lists = [
    { patterns: applications, values: [name] },
    { patterns: clusters, values: [destination.name, destination.server].filter((value) => value !== '') },
    { patterns: namespaces, values: [destination.namespace] },
  ].filter(({ patterns }) => patterns.length > 0)
  const matches = lists.map(({ patterns, values }) => patterns.some((pattern) => matchesAny(pattern, values)))
  if (matches.length === 0) return false
  return andOperator ? matches.every(Boolean) : matches.some(Boolean)
}

function matchesAny(pattern: string, values: readonly string[]): boolean {
  if (pattern === '*') return values.length > 0
  const glob = gobwasGlob(pattern)
  return glob !== undefined && values.some((value) => glob.test(value))
}

function windowOf(one: Fields): DeclaredWindow['window'] {
  const [kind, schedule, zone] = [readText(one, 'kind'), readText(one, 'schedule'), readText(one, 'timeZone')]
  const milliseconds = durationMs(readText(one, 'duration'))
  if (milliseconds === undefined || parseCronSchedule(schedule) === undefined) return 'invalid'
  if (kind !== 'allow' && kind !== 'deny') return undefined
  // The controller takes UTC for a zone that it does not know.
  return { kind, schedule, milliseconds, timeZone: isTimeZone(zone) ? zone : 'UTC' }
}

/** Go's durations have a sign, and a zero needs no unit. */
function durationMs(text: string): number | undefined {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  const seconds = rest === '0' ? 0 : goDurationSeconds(rest)
  return seconds === undefined ? undefined : (sign === '-' ? -1 : 1) * seconds * 1000
}

function isTimeZone(name: string): boolean {
  if (name === '' || name.length > 100) return false
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
