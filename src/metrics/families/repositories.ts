import type { RepositoryStatus } from '../../model/sources/git.ts'
import type { FamilyGroup } from './family.ts'

/** All mirrors of one repository: one for each set of credentials, each with its own status. */
export interface RepositoryReport {
  /** Value of the `repo` label. */
  readonly label: string
  readonly mirrors: readonly RepositoryStatus[]
}

/** Reports the worst of the mirrors: one that works must not hide one that does not. */
export const repositoryGroup: FamilyGroup<RepositoryReport> = {
  common: ['repo'],
  commonValues: ({ label }) => [label],
  families: [
    {
      name: 'gitops_repo_up',
      type: 'gauge',
      help: 'Whether the repository can be read; the worst of its mirrors.',
      labels: [],
      stability: 'stable',
      presence: 'always',
      series: ({ mirrors }) => [{ values: [], value: mirrors.every(({ up }) => up) ? 1 : 0 }],
    },
    {
      name: 'gitops_repo_last_fetch_timestamp_seconds',
      type: 'gauge',
      help: 'When the repository was last asked or fetched with success, Unix time; the oldest of its mirrors.',
      labels: [],
      stability: 'stable',
      presence: 'once all mirrors were read',
      series: ({ mirrors }) => {
        const times = mirrors.map(({ lastContact }) => lastContact).filter((time) => time !== undefined)
        return times.length < mirrors.length ? [] : [{ values: [], value: Math.min(...times) }]
      },
    },
  ],
}
