import type { RepositoryStatus } from '../model/sources/git.ts'
import type { RepositoryReport } from './families/repositories.ts'
import { repositoryLabel } from './families/repository-label.ts'

/** Groups mirrors by repository, since all mirrors of one share a series. */
export interface RepositoryReports {
  set(status: RepositoryStatus): RepositoryReport
  /** The report without that mirror, with no mirrors left when it was the last one; undefined when it was not known. */
  delete(repository: string): RepositoryReport | undefined
}

export function createRepositoryReports(): RepositoryReports {
  const labels = new Map<string, string>()
  const mirrors = new Map<string, Map<string, RepositoryStatus>>()

  function report(label: string): RepositoryReport {
    return { label, mirrors: [...(mirrors.get(label)?.values() ?? [])] }
  }

  return {
    set(status) {
      const label = repositoryLabel(status.url)
      labels.set(status.repository, label)
      const group = mirrors.get(label) ?? new Map<string, RepositoryStatus>()
      mirrors.set(label, group.set(status.repository, status))
      return report(label)
    },
    delete(repository) {
      const label = labels.get(repository)
      if (label === undefined) return undefined
      labels.delete(repository)
      mirrors.get(label)?.delete(repository)
      const left = report(label)
      if (left.mirrors.length === 0) mirrors.delete(label)
      return left
    },
  }
}
