import type { AppReport } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import { createSection } from '../exposition/section.ts'
import { type AppSeriesOptions, appGroup } from '../families/apps.ts'
import type { ShownObjects } from '../families/drifted-objects.ts'
import type { IsExported } from '../families/exported.ts'
import { exportedFamilies } from '../families/exported.ts'
import type { FleetSection } from './fleet-section.ts'

/** The series of apps. */
export interface AppSection extends FleetSection {
  set(report: AppReport): void
  /** It was found as before. */
  evaluated(report: AppReport): void
  delete(app: AppId): void
  /** Makes all text blocks anew by other options; the old ones serve until the new ones are complete. */
  configure(options: AppSeriesOptions, reports: Iterable<AppReport>): Promise<void>
}

export function createAppSection(
  options: AppSeriesOptions,
  shown: ShownObjects,
  isExported: IsExported,
  onError: (error: unknown) => void,
): AppSection {
  const make = (by: AppSeriesOptions) => createSection(exportedFamilies(appGroup(by, shown), isExported), onError)
  let current = make(options)
  /** Replaces the current one when it is complete. */
  let next: typeof current | undefined
  const all = (): readonly (typeof current)[] => (next === undefined ? [current] : [current, next])
  return {
    gzipBlocks: (format) => current.gzipBlocks(format),
    flushed: () => current.textBlocks.flushed(),
    set(report) {
      for (const { textBlocks } of all()) textBlocks.set(report.summary.id, report)
    },
    evaluated(report) {
      for (const { textBlocks } of all()) textBlocks.refresh(report.summary.id, report)
    },
    delete(app) {
      for (const { textBlocks } of all()) textBlocks.delete(app)
    },
    async configure(nextOptions, reports) {
      next?.textBlocks.close()
      const section = make(nextOptions)
      next = section
      for (const report of reports) section.textBlocks.set(report.summary.id, report)
      await section.textBlocks.flushed()
      // Another reload came in between, and its text blocks are the ones to wait for.
      if (next !== section) return
      current.textBlocks.close()
      current = section
      next = undefined
    },
    close() {
      for (const { textBlocks } of all()) textBlocks.close()
    },
  }
}
