import { isDeepStrictEqual } from 'node:util'
import type { SourceReport } from '../model/apps/inventory.ts'
import type { DurablePublisher } from './state/durable-publisher.ts'

export interface SourceReports {
  /** Reports the sources of apps where they are other than before. */
  set(sources: readonly SourceReport[]): void
  /** Called once a second. */
  tick(): void
}

/** What is still so is reported again, which keeps the time of the last contact near. */
const AGAIN_TICKS = 15

/**
 * Reports the sources after the apps that they have, so that nobody takes an app that is not reported yet for gone.
 * @param now Unix milliseconds
 */
export function createSourceReports(publisher: DurablePublisher, now: () => number): SourceReports {
  let sources: readonly SourceReport[] = []
  let ticks = 0
  const report = (): void => publisher.emitAfter({ type: 'sources', reports: sources, at: now() / 1000 })
  return {
    set(next) {
      if (isDeepStrictEqual(sources, next)) return
      sources = next
      report()
    },
    tick() {
      ticks += 1
      if (ticks % AGAIN_TICKS === 0 && sources.length > 0) report()
    },
  }
}
