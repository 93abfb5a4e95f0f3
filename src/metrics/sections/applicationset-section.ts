import type { ApplicationSetReport } from '../../model/apps/inventory.ts'
import { createSection } from '../exposition/section.ts'
import { applicationSetGroup, applicationSetKey } from '../families/applicationsets.ts'
import type { IsExported } from '../families/exported.ts'
import { exportedFamilies } from '../families/exported.ts'
import type { FleetSection } from './fleet-section.ts'

/** The series of ApplicationSets, which are always told all together. */
export interface ApplicationSetSection extends FleetSection {
  replace(reports: readonly ApplicationSetReport[]): void
}

export function createApplicationSetSection(
  isExported: IsExported,
  onError: (error: unknown) => void,
): ApplicationSetSection {
  const { textBlocks, gzipBlocks } = createSection(exportedFamilies(applicationSetGroup, isExported), onError)
  let known: ReadonlySet<string> = new Set()
  return {
    gzipBlocks,
    flushed: () => textBlocks.flushed(),
    replace(reports) {
      const keys = new Set(reports.map(applicationSetKey))
      for (const key of known) if (!keys.has(key)) textBlocks.delete(key)
      for (const report of reports) textBlocks.set(applicationSetKey(report), report)
      known = keys
    },
    close: () => textBlocks.close(),
  }
}
