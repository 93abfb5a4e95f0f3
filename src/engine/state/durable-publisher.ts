import { pause } from '../../concurrency/pause.ts'
import { toFailure } from '../../model/failure.ts'
import type { AppReport, FleetUpdate } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { Log } from '../../model/log.ts'
import { appLine, type SavedApp, stateText } from './saved-state.ts'
import type { StateFile } from './state-file.ts'

export interface DurablePublisherOptions {
  readonly file: StateFile
  readonly emit: (updates: readonly FleetUpdate[]) => void
  readonly log: Log
  /** Monotonic milliseconds: measures how long writing takes. */
  readonly clock: () => number
}

/** Emits reports and keeps the state file. A change of status is on disk before it is emitted. */
export interface DurablePublisher {
  /**
   * @param flip the status changed: it is emitted only once it is on disk, so that a crash never moves `outOfSyncSince`
   */
  publish(report: AppReport, saved: SavedApp, flip: boolean): void
  /** Emits the update after everything that was published before. */
  emitAfter(update: FleetUpdate): void
  remove(id: AppId): void
  /** Writes and emits everything that waits; called at shutdown. */
  flush(): Promise<void>
}

/** A report without a change of status may be lost in a crash, so such reports are written together. */
const WRITE_DELAY_MS = 10_000
/**
 * The file is always written as a whole: the pause after a write, in multiples of its duration, lets changes of many
 * apps accumulate.
 */
const REST_FACTOR = 3
const LONGEST_COOLDOWN_MS = 1000

export function createDurablePublisher(options: DurablePublisherOptions): DurablePublisher {
  const { file, emit, log, clock } = options
  const lines = new Map<AppId, string>()
  let waiting = new Map<AppId, FleetUpdate>()
  let inFlight: ReadonlyMap<AppId, FleetUpdate> = new Map()
  const afterwards: FleetUpdate[] = []
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let dirty = false
  let cooldownUntil = Number.NEGATIVE_INFINITY
  const flushNow = new AbortController()

  async function write(): Promise<void> {
    while (dirty || waiting.size > 0) {
      const cooldown = cooldownUntil - clock()
      if (cooldown > 0) await pause(cooldown, flushNow.signal)
      const begun = clock()
      dirty = false
      inFlight = waiting
      waiting = new Map()
      try {
        await file.write(stateText(lines.values()))
      } catch (thrown) {
        // The report is emitted even so: a current verdict matters more than an exact one after a crash.
        log('error', 'the state file cannot be written', { ...toFailure(thrown) })
      }
      cooldownUntil = clock() + Math.min((clock() - begun) * REST_FACTOR, LONGEST_COOLDOWN_MS)
      const updates = [...inFlight.values()]
      inFlight = new Map()
      if (updates.length > 0) emit(updates)
    }
    if (afterwards.length > 0) emit(afterwards.splice(0))
  }

  function writeNow(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing ??= write().finally(() => {
      writing = undefined
    })
    return writing
  }

  function writeSoon(): void {
    dirty = true
    timer ??= setTimeout(() => void writeNow(), WRITE_DELAY_MS)
  }

  return {
    publish(report, saved, flip) {
      const id = report.summary.id
      const update = { type: 'app', report } as const
      lines.set(id, appLine(saved))
      // Reports of one app stay in order.
      if (flip || waiting.has(id) || inFlight.has(id)) {
        waiting.set(id, update)
        void writeNow()
      } else {
        emit([update])
        writeSoon()
      }
    },
    emitAfter(update) {
      if (writing === undefined) emit([update])
      else afterwards.push(update)
    },
    remove(id) {
      lines.delete(id)
      waiting.delete(id)
      if (inFlight.has(id)) {
        waiting.set(id, { type: 'appGone', app: id })
        void writeNow()
      } else {
        emit([{ type: 'appGone', app: id }])
        writeSoon()
      }
    },
    async flush() {
      flushNow.abort()
      dirty = true
      await writeNow()
      if (dirty || waiting.size > 0) await writeNow()
    },
  }
}
