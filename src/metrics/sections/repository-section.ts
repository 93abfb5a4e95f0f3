import type { RepositoryStatus } from '../../model/sources/git.ts'
import { createSection } from '../exposition/section.ts'
import type { IsExported } from '../families/exported.ts'
import { exportedFamilies } from '../families/exported.ts'
import { repositoryGroup } from '../families/repositories.ts'
import type { Instruments } from '../instruments.ts'
import { createRepositoryReports } from '../repository-reports.ts'
import type { FleetSection } from './fleet-section.ts'

/** The series of repositories; mirrors of one share theirs. */
export interface RepositorySection extends FleetSection {
  set(status: RepositoryStatus): void
  delete(repository: string): void
}

export function createRepositorySection(
  instruments: Instruments,
  isExported: IsExported,
  onError: (error: unknown) => void,
): RepositorySection {
  const { textBlocks, gzipBlocks } = createSection(exportedFamilies(repositoryGroup, isExported), onError)
  const reports = createRepositoryReports()
  return {
    gzipBlocks,
    flushed: () => textBlocks.flushed(),
    set(status) {
      const report = reports.set(status)
      textBlocks.set(report.label, report)
      if (status.fetchSeconds !== undefined)
        instruments.observe('gitops_repo_fetch_duration_seconds', { repo: report.label }, status.fetchSeconds)
    },
    delete(repository) {
      const report = reports.delete(repository)
      if (report === undefined) return
      if (report.mirrors.length > 0) {
        textBlocks.set(report.label, report)
        return
      }
      textBlocks.delete(report.label)
      instruments.remove('gitops_repo_fetch_duration_seconds', { repo: report.label })
    },
    close: () => textBlocks.close(),
  }
}
