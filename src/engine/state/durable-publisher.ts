import { toFailure } from '../../model/failure.ts'
import type { AppReport, FleetUpdate } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { Log } from '../../model/log.ts'
import type { SavedApp } from './saved-state.ts'
import type { StateFile } from './state-file.ts'
import { StateLines } from './state-lines.ts'

export interface DurablePublisherOptions {
  readonly file: StateFile
  readonly emit: (updates: readonly FleetUpdate[]) => void
  readonly log: Log
}

/** Emits reports, a change of status once the journal has it, and keeps the state file. */
export interface DurablePublisher {
  /**
   * @param recorded of a change of status: resolves when it is in the journal, so that a crash never moves `outOfSyncSince`; never rejects
   */
  publish(report: AppReport, saved: SavedApp, recorded: Promise<void> | undefined): void
  /** Saves what is not published of an app that was found as it was. */
  save(saved: SavedApp): void
  /** The same where nothing but the history can be other than it was. */
  renew(saved: Pick<SavedApp, 'summary' | 'history'>): void
  /** Emits the update after everything that was published before. */
  emitAfter(update: FleetUpdate): void
  /** @param recorded as of `publish` */
  remove(id: AppId, recorded?: Promise<void>): void
  /** Writes and emits everything that waits; called at shutdown. */
  flush(): Promise<void>
}

/**
 * What the state file alone holds (baselines, counts, what is remembered) may be told a little less precisely after a crash: the file is
 * written as a whole, so changes are gathered for so long.
 */
const WRITE_DELAY_MS = 10_000
const FLIP_DELAY_MS = 1000
/** The file of a large fleet takes long to write: writing it again waits for so many times as long as it took. */
const REST_FACTOR = 20
const LONGEST_REST_MS = 60_000

export function createDurablePublisher({ file, emit, log }: DurablePublisherOptions): DurablePublisher {
  const lines = new StateLines()
  /** Apps of which something waits to be emitted: reports of one app stay in order. */
  const tails = new Map<AppId, Promise<void>>()
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let dueAt = Number.POSITIVE_INFINITY
  let dirty = false
  let restMs = 0

  async function write(): Promise<void> {
    dirty = false
    const begun = performance.now()
    try {
      await file.write(lines.parts())
    } catch (thrown) {
      log('error', 'the state file cannot be written', { ...toFailure(thrown) })
    }
    restMs = Math.min(LONGEST_REST_MS, REST_FACTOR * (performance.now() - begun))
  }

  function writeNow(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    dueAt = Number.POSITIVE_INFINITY
    writing ??= write().finally(() => {
      writing = undefined
      if (dirty) writeWithin(FLIP_DELAY_MS)
    })
    return writing
  }

  function writeWithin(delay: number): void {
    dirty = true
    // What changes while it is written is written afterwards.
    if (writing !== undefined) return
    const wait = Math.max(delay, restMs)
    const due = performance.now() + wait
    if (due >= dueAt) return
    clearTimeout(timer)
    dueAt = due
    timer = setTimeout(() => void writeNow(), wait)
  }

  function save(saved: SavedApp, delay: number): void {
    lines.set(saved)
    writeWithin(delay)
  }

  function emitInOrder(id: AppId, update: FleetUpdate, recorded: Promise<void> | undefined): void {
    const before = tails.get(id)
    if (before === undefined && recorded === undefined) {
      emit([update])
      return
    }
    const tail = Promise.all([before, recorded]).then(() => {
      emit([update])
      if (tails.get(id) === tail) tails.delete(id)
    })
    tails.set(id, tail)
  }

  return {
    publish(report, saved, recorded) {
      const { id } = report.summary
      save(saved, recorded === undefined ? WRITE_DELAY_MS : FLIP_DELAY_MS)
      emitInOrder(id, { type: 'app', report }, recorded)
    },
    save: (saved) => save(saved, WRITE_DELAY_MS),
    renew(saved) {
      if (lines.renew(saved)) writeWithin(WRITE_DELAY_MS)
    },
    emitAfter(update) {
      if (tails.size === 0) emit([update])
      else void Promise.all(tails.values()).then(() => emit([update]))
    },
    remove(id, recorded) {
      lines.delete(id)
      emitInOrder(id, { type: 'appGone', app: id }, recorded)
      writeWithin(WRITE_DELAY_MS)
    },
    async flush() {
      await Promise.all(tails.values())
      dirty = true
      await writeNow()
      if (dirty) await writeNow()
    },
  }
}
