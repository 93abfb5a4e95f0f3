import type { Failure } from '../failure.ts'
import type { AppId } from '../identity.ts'
import type { Cause } from './cause.ts'
import type { DifferenceClass, ObjectState, ObjectVerdict } from './difference.ts'

export type SyncStatus = 'Synced' | 'OutOfSync' | 'Unknown'
export const SYNC_STATUSES = ['Synced', 'OutOfSync', 'Unknown'] as const satisfies readonly SyncStatus[]

/** A source as it was resolved for one evaluation. */
export interface SourceRevision {
  readonly repository: string
  readonly path: string
  readonly targetRevision: string
  readonly commit: string
  /** Committer time, Unix seconds. */
  readonly commitTime: number
  /** Name of who wrote the commit: shown only where the config says so. */
  readonly author?: string
  /** What its message begins with, in one line; absent for an archive. */
  readonly subject?: string
}

export type Outcome =
  | { readonly status: 'Synced' }
  | { readonly status: 'OutOfSync'; readonly cause: Cause }
  | { readonly status: 'Unknown'; readonly reason: Failure }

/** All that one evaluation found for one app. Times are Unix seconds. */
export interface Verdict {
  readonly app: AppId
  readonly outcome: Outcome
  /** When it became OutOfSync: kept through Unknown, cleared by Synced. */
  readonly outOfSyncSince?: number
  readonly unknownSince?: number
  readonly lastSynced?: number
  /** Absent until the first evaluation since start. */
  readonly evaluatedAt?: number
  readonly statusChanges: number
  readonly revisions: readonly SourceRevision[]
  /** Noteworthy objects (`isNoteworthy`), at most `VERDICT_LIMITS.objects`. */
  readonly objects: readonly ObjectVerdict[]
  /** Counts over all objects, those left out of `objects` included. */
  readonly objectCounts: Readonly<Record<ObjectState, number>>
  readonly differenceCounts: Readonly<Record<DifferenceClass, number>>
  /** What a person should know, though it changes no status: objects declared twice, invalid fields … */
  readonly warnings: readonly Failure[]
}

/** What a verdict carries at most, so that one app cannot fill the memory or the page. */
export const VERDICT_LIMITS = { objects: 200, differencesPerObject: 50, valueBytes: 4096 } as const
