import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import type { AppState } from '../app-state.ts'

/** Apps of which something may be reported. */
export interface ReportQueue {
  /** What comes in one turn of the event loop is reported once. */
  add(appState: AppState): void
  /**
   * The same of what is hardly new: reported with all else of its kind that comes within `GATHER_MS`, or with what is due before.
   * @param rewritten the text of the key of an object that was written again: that is counted, so it is to be reported before it changes
   */
  addLater(appState: AppState, rewritten: string | undefined): void
  /** Removes the app where it waits with something that the object's next change would hide. @returns whether it did */
  takeFor(appState: AppState, keyText: string): boolean
  /** Removes the app where it was added by `addLater`, and nothing else brought it since. @returns whether it was */
  takeGathered(appState: AppState): boolean
  /** The app is reported now, with what was added while it was looked at. */
  remove(appState: AppState): void
  /** Resolves when nothing waits. */
  quiet(): Promise<void>
}

export interface ReportQueueOptions {
  /** Never throws. */
  readonly report: (appState: AppState) => void
  readonly slice: EventLoopSlice
  readonly signal: AbortSignal
}

/**
 * Three threads wake for each report. Of a fleet whose objects change all the time without a change of what drifts, they do it three times in
 * two seconds in place of at each event.
 */
const GATHER_MS = 700

export function createReportQueue({ report, slice, signal }: ReportQueueOptions): ReportQueue {
  const due = new Set<AppState>()
  /** Of those, whose time to be gathered has passed, and that nothing else brought. */
  const gathered = new Set<AppState>()
  /** With the keys of what was written again. */
  const later = new Map<AppState, Set<string>>()
  let running = false
  let timer: NodeJS.Timeout | undefined

  async function run(): Promise<void> {
    for (const appState of due) {
      leave(appState)
      if (!appState.removed && !signal.aborted) report(appState)
      await slice.yieldIfBusy()
    }
    running = false
  }

  function leave(appState: AppState): boolean {
    gathered.delete(appState)
    return due.delete(appState)
  }

  function add(appState: AppState): void {
    later.delete(appState)
    gathered.delete(appState)
    due.add(appState)
    if (running) return
    running = true
    setImmediate(() => void run())
  }

  function endGathering(): void {
    clearTimeout(timer)
    timer = undefined
    for (const appState of later.keys()) {
      add(appState)
      gathered.add(appState)
    }
  }

  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  return {
    add,
    addLater(appState, rewritten) {
      if (due.has(appState)) return
      const keys = later.get(appState) ?? new Set()
      if (rewritten !== undefined) keys.add(rewritten)
      later.set(appState, keys)
      timer ??= setTimeout(endGathering, GATHER_MS)
    },
    takeFor(appState, keyText) {
      if (appState.removed) return false
      if (later.get(appState)?.has(keyText) === true) return later.delete(appState)
      return leave(appState)
    },
    takeGathered: (appState) =>
      !appState.removed && (later.delete(appState) || (gathered.delete(appState) && due.delete(appState))),
    remove(appState) {
      later.delete(appState)
      leave(appState)
    },
    async quiet() {
      endGathering()
      while (running) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
