import type { SyncStatus } from './verdict.ts'

/** The status of an app as its controller reports it. */
export interface ReportedStatus {
  readonly status: SyncStatus
  /** Commits that it reports as applied, one per source. */
  readonly applied: readonly string[]
  readonly suspended: boolean
  readonly lastOperation?: { readonly phase: string; readonly message: string; readonly finishedAt?: number }
  /** It has differed from our verdict for longer than the grace period. */
  readonly disagrees: boolean
  /** Argo CD's health status (`Healthy`, `Progressing`, `Degraded` …), where the controller reports it. */
  readonly health?: string
}
