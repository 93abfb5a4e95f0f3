import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import type { AppState } from '../app-state.ts'

/** Apps of which something may be reported. */
export interface ReportQueue {
  /** What comes in one turn of the event loop is reported once. */
  add(appState: AppState): void
  /** Removes the app. @returns whether it waited */
  take(appState: AppState): boolean
  /** Resolves when nothing waits. */
  quiet(): Promise<void>
}

export interface ReportQueueOptions {
  /** Never throws. */
  readonly report: (appState: AppState) => void
  readonly slice: EventLoopSlice
  readonly signal: AbortSignal
}

export function createReportQueue({ report, slice, signal }: ReportQueueOptions): ReportQueue {
  const scheduled = new Set<AppState>()
  let running = false

  async function run(): Promise<void> {
    for (const appState of scheduled) {
      scheduled.delete(appState)
      if (!appState.removed && !signal.aborted) report(appState)
      await slice.yieldIfBusy()
    }
    running = false
  }

  return {
    add(appState) {
      scheduled.add(appState)
      if (running) return
      running = true
      setImmediate(() => void run())
    },
    take: (appState) => !appState.removed && scheduled.delete(appState),
    async quiet() {
      while (running) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
