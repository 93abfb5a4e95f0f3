import type { SyncStatus } from './verdict.ts'

/** What the controller says of an app of its own. */
export interface ReportedStatus {
  readonly status: SyncStatus
  /** Commits that it reports as applied, one per source. */
  readonly applied: readonly string[]
  readonly suspended: boolean
  readonly lastOperation?: { readonly phase: string; readonly message: string; readonly finishedAt?: number }
  /** It and our verdict have differed for longer than the grace period. */
  readonly disagrees: boolean
  /** Health in Argo CD's words (`Healthy`, `Progressing`, `Degraded` …), where the controller tells. */
  readonly health?: string
}
