import type { Fleet, FleetUpdate } from '../../model/fleet.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Log } from '../../model/log.ts'
import { readStates, type StateReading } from './read-states.ts'

export interface LogTransitionsOptions {
  readonly log: Log
  /** Unix seconds. */
  readonly now: () => number
}

/** What something was when it was last written, since when; small, since most things stay what they are. */
interface Known {
  state: string
  since: number
  /** What it is now, where that is something else. */
  change: { readonly reading: StateReading; readonly since: number } | undefined
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
  const known: Readonly<Record<StateReading['kind'], Map<string, Known>>> = {
    app: new Map(),
    cluster: new Map(),
    repository: new Map(),
    discovery: new Map(),
  }
  const changed = new Set<Known>()
  const lineTimes = new Map<string, readonly number[]>()
  let timer: NodeJS.Timeout | undefined

  function observe(update: FleetUpdate): void {
    if (update.type === 'appGone') forget('app', update.app)
    else if (update.type === 'clusterGone') forget('cluster', update.name)
    else if (update.type === 'repositoryGone') forget('repository', update.repository)
    else for (const reading of readStates(update)) take(reading)
    if (changed.size > 0) timer ??= setTimeout(write, GATHER_MS).unref()
  }

  function forget(kind: StateReading['kind'], id: string): void {
    const one = known[kind].get(id)
    known[kind].delete(id)
    if (one !== undefined) changed.delete(one)
  }

  function take(reading: StateReading): void {
    const { kind, id, state } = reading
    let one = known[kind].get(id)
    if (one === undefined) {
      one = { state: reading.isBadFromStart ? 'not known' : state, since: now(), change: undefined }
      known[kind].set(id, one)
    }
    if ((one.change?.reading.state ?? one.state) === state) return
    const isBack = one.state === state
    one.change = isBack ? undefined : { reading, since: reading.since ?? now() }
    if (isBack) changed.delete(one)
    else changed.add(one)
  }

  function write(): void {
    timer = undefined
    const groups = Map.groupBy(changed, ({ state, change }) => `${state} ${change?.reading.group}`)
    for (const [group, all] of groups) {
      const at = now()
      const recent = (lineTimes.get(group) ?? []).filter((time) => at - time < 60)
      if (recent.length < LINES_PER_MINUTE) {
        writeLine(all)
        for (const one of all) markWritten(one)
        lineTimes.set(group, [...recent, at])
      }
    }
    for (const [group, times] of lineTimes) if (times.every((time) => now() - time >= 60)) lineTimes.delete(group)
    if (changed.size > 0) timer = setTimeout(write, GATHER_MS).unref()
  }

  function markWritten(one: Known): void {
    changed.delete(one)
    one.state = one.change?.reading.state ?? one.state
    one.since = one.change?.since ?? one.since
    one.change = undefined
  }

  function writeLine(all: readonly Known[]): void {
    const [first] = all
    if (first?.change === undefined) return
    const { reading, since } = first.change
    const { kind, name, state, isGood, failure } = reading
    const subject =
      all.length === 1 ? `${kind} ${name}` : `${all.length} ${kind === 'discovery' ? 'discoveries' : `${kind}s`}`
    const names = all.slice(0, NAMES_LIMIT).flatMap(({ change }) => change?.reading.name ?? [])
    const fields: JsonObject = {
      ...(all.length === 1 ? { [kind]: name } : { count: all.length, names }),
      was: first.state,
      is: state,
      since: new Date(since * 1000).toISOString(),
      // Of the one that was it for the longest time.
      lastedSeconds: Math.max(0, Math.round(since - Math.min(...all.map((one) => one.since)))),
      ...(failure !== undefined && { code: failure.code, reason: failure.message }),
    }
    log(isGood ? 'info' : 'warn', `${subject}: ${first.state} → ${state}`, fields)
  }

  const stop = fleet.subscribe(observe)
  return {
    close() {
      stop()
      clearTimeout(timer)
    },
  }
}
