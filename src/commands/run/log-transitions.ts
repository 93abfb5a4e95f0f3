import type { Fleet, FleetUpdate } from '../../model/fleet.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Log } from '../../model/log.ts'
import { readStates, type StateReading } from './read-states.ts'

export interface LogTransitionsOptions {
  readonly log: Log
  /** Unix seconds. */
  readonly now: () => number
}

/** What something was, since when; what it is now waits to be written. */
interface Known {
  written: StateReading
  writtenSince: number
  latest: StateReading
  latestSince: number
}

/** A thousand apps of one cluster do not turn Unknown in the same moment. */
const GATHER_MS = 5_000
/** Lines of one kind within a minute; what comes then waits for the next one. */
const LINES_PER_MINUTE = 5
const NAMES_LIMIT = 10

/**
 * Writes a line when an app, a cluster, a repository or a discovery becomes something else: what it was, for how long, and why. What changes in
 * the same way within some seconds is one line, so a cluster that dies is a line of its own and one of its apps. What is found at the start
 * is no change, unless it is down.
 */
export function logTransitions(fleet: Fleet, { log, now }: LogTransitionsOptions): { close(): void } {
  const known = new Map<string, Known>()
  const changed = new Set<string>()
  const lineTimes = new Map<string, readonly number[]>()
  let timer: NodeJS.Timeout | undefined

  function observe(update: FleetUpdate): void {
    if (update.type === 'appGone' || update.type === 'clusterGone' || update.type === 'repositoryGone') {
      const id =
        update.type === 'appGone' ? update.app : update.type === 'clusterGone' ? update.name : update.repository
      const key = `${update.type.replace('Gone', '')} ${id}`
      known.delete(key)
      changed.delete(key)
      return
    }
    for (const reading of readStates(update)) take(reading)
    if (changed.size > 0) timer ??= setTimeout(write, GATHER_MS).unref()
  }

  function take(reading: StateReading): void {
    const key = `${reading.kind} ${reading.id}`
    const since = reading.since ?? now()
    const before = known.get(key)
    if (before === undefined) {
      const first: StateReading = reading.isBadFromStart ? { ...reading, state: 'not known' } : reading
      known.set(key, { written: first, writtenSince: now(), latest: reading, latestSince: since })
    } else if (before.latest.state === reading.state) {
      return
    } else {
      before.latest = reading
      before.latestSince = since
    }
    const { written, latest } = known.get(key) ?? { written: reading, latest: reading }
    if (written.state === latest.state) changed.delete(key)
    else changed.add(key)
  }

  function write(): void {
    timer = undefined
    const groups = Map.groupBy(changed, groupOf)
    for (const [group, keys] of groups) {
      const at = now()
      const recent = (lineTimes.get(group) ?? []).filter((time) => at - time < 60)
      if (recent.length < LINES_PER_MINUTE) {
        writeLine(keys.flatMap((key) => known.get(key) ?? []))
        for (const key of keys) markWritten(key)
        lineTimes.set(group, [...recent, at])
      }
    }
    for (const [group, times] of lineTimes) if (times.every((time) => now() - time >= 60)) lineTimes.delete(group)
    if (changed.size > 0) timer = setTimeout(write, GATHER_MS).unref()
  }

  function groupOf(key: string): string {
    const one = known.get(key)
    return one === undefined ? '' : `${one.written.state} ${one.latest.group}`
  }

  function markWritten(key: string): void {
    const one = known.get(key)
    changed.delete(key)
    if (one === undefined) return
    one.written = one.latest
    one.writtenSince = one.latestSince
  }

  function writeLine(all: readonly Known[]): void {
    const [first] = all
    if (first === undefined) return
    const { latest, latestSince, written, writtenSince } = first
    const { kind, name, state, isGood, failure } = latest
    const subject =
      all.length === 1 ? `${kind} ${name}` : `${all.length} ${kind === 'discovery' ? 'discoveries' : `${kind}s`}`
    const names = all.slice(0, NAMES_LIMIT).map((one) => one.latest.name)
    const fields: JsonObject = {
      ...(all.length === 1 ? { [kind]: name } : { count: all.length, names }),
      was: written.state,
      is: state,
      since: new Date(latestSince * 1000).toISOString(),
      // Of the one that was it for the longest time.
      lastedSeconds: Math.max(
        0,
        Math.round(latestSince - Math.min(...all.map((one) => one.writtenSince), writtenSince)),
      ),
      ...(failure !== undefined && { code: failure.code, reason: failure.message }),
    }
    log(isGood ? 'info' : 'warn', `${subject}: ${written.state} → ${state}`, fields)
  }

  const stop = fleet.subscribe(observe)
  return {
    close() {
      stop()
      clearTimeout(timer)
    },
  }
}
