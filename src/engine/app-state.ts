import type { App } from '../model/app.ts'
import type { Cause } from '../model/cause.ts'
import type { ObjectState, ObjectVerdict } from '../model/difference.ts'
import type { Failure } from '../model/failure.ts'
import type { AppReport } from '../model/fleet.ts'
import type { Revision } from '../model/git.ts'
import type { AppId } from '../model/identity.ts'
import { type GroupKind, groupKindText, type ObjectKey } from '../model/object.ts'
import type { SourceRevision } from '../model/verdict.ts'
import type { PackedDesired, PackedRendering } from './desired/packed-rendering.ts'
import type { ResolvedObjects } from './desired/placement.ts'
import { type ManualChanges, NO_MANUAL_CHANGES } from './state/manual-change-counts.ts'
import type { SavedApp, SavedBaseline } from './state/saved-state.ts'
import { newStatusHistory, resumeHistory, type StatusHistory } from './state/status-history.ts'

/** Desired state as it once was: what an object was last seen equal to, to tell Git's moves from the cluster's. */
export interface Baseline {
  /** One per source that renders something. */
  readonly commits: readonly string[]
  /** Held while objects refer to it; of commits from before a restart, once it was asked for. */
  rendering?: PackedRendering
  /** Their desired state cannot be had any more, or not now. */
  unavailable?: true
}

/** One object of one app: declared, or `extra`. Some 200 bytes while it is in sync. */
export interface ObjectRecord {
  readonly key: ObjectKey
  readonly keyText: string
  /** Absent for what the app does not declare. */
  declared: PackedDesired | undefined
  /** `pending` while it is not known what is live, or while a comparison is under way. */
  state: ObjectState | 'pending'
  /** Only where there is something to tell. */
  verdict?: ObjectVerdict
  /** Who moved; asked for where it drifted. */
  cause?: Cause
  /** What it was last in sync with. */
  baseline?: Baseline
  /** How often it was judged, so that an answer that took long is known to be late. */
  turn: number
  /** The live object came without managedFields, so what Git does not declare was not judged. */
  ownershipUnknown: boolean
}

export function isDrift(state: ObjectRecord['state']): state is 'changed' | 'missing' | 'extra' {
  return state === 'changed' || state === 'missing' || state === 'extra'
}

/** What is known of the sources' commits and of what they say. */
export interface DesiredState {
  readonly revisions: readonly Revision[]
  readonly rendering: PackedRendering
  readonly resolved: ResolvedObjects
  readonly baseline: Baseline
}

/** How far what is applied lies behind what Git says, in commits of the first source. */
export interface CommitLag {
  readonly from: string
  readonly to: string
  /** Absent until it was counted, and where it cannot be. */
  readonly behind?: number
  /** Committer time of `from`, Unix seconds. */
  readonly appliedTime?: number
}

/** All that the engine knows of one app. */
export interface AppState {
  app: App
  readonly id: AppId
  history: StatusHistory
  /** What a restart found; until the first evaluation its counts and revisions are what is told. */
  restored: Pick<SavedApp, 'revisions' | 'objectCounts' | 'differenceCounts'> | undefined
  /** What objects were last in sync with before the restart, or before the app moved. */
  earlierBaselines: readonly SavedBaseline[]
  desired: DesiredState | undefined
  /** The app was changed since in what decides about its objects. */
  isOutdated: boolean
  /** Changes made past Git so far. */
  manualChanges: ManualChanges
  /** What keeps the desired state from being known. */
  failure: Failure | undefined
  /** The failure may be gone at the next attempt, so what was known before is believed until it is stale. */
  failureIsPassing: boolean
  readonly records: Map<string, ObjectRecord>
  /** Declared now or earlier, by text. */
  readonly kinds: Map<string, GroupKind>
  /** An evaluation was told since start. */
  evaluated: boolean
  /** When the earliest change arrived that no verdict has told yet, Unix milliseconds. */
  changedAt: number | undefined
  lag: CommitLag | undefined
  /** When the commits were first seen that changed something here and are not live yet, Unix milliseconds. */
  readonly seenCommits: number[]
  /** What the controller says that it applied, once it was asked for. */
  applied: Baseline | undefined
  /** What is supposed to have been applied last, when `of` was desired; no base where nothing tells. */
  inferred: { readonly of: Baseline; readonly baseline: Baseline | undefined } | undefined
  /** Since when the controller's word and the verdict differ, Unix milliseconds. */
  disagreedSince: number | undefined
  /** Since when one of the two does not know, Unix milliseconds. */
  undecidedSince: number | undefined
  /** What was told last, so that the same is not told again, and when, Unix milliseconds. */
  lastReport: AppReport | undefined
  lastReportAt: number
  /** By the engine's uptime. */
  retryAt: number | undefined
  attempts: number
  removed: boolean
}

/** @param now Unix seconds */
export function createAppState(app: App, saved: SavedApp | undefined, now: number): AppState {
  return {
    app,
    id: app.id,
    history: saved === undefined ? newStatusHistory(now) : resumeHistory(saved.history, now),
    restored: saved,
    earlierBaselines: saved?.baselines ?? [],
    desired: undefined,
    isOutdated: false,
    manualChanges: saved?.manualChanges ?? NO_MANUAL_CHANGES,
    failure: undefined,
    failureIsPassing: false,
    records: new Map(),
    kinds: new Map(saved?.kinds.map((kind) => [groupKindText(kind), kind])),
    evaluated: false,
    changedAt: undefined,
    lag: undefined,
    seenCommits: [],
    applied: undefined,
    inferred: undefined,
    disagreedSince: undefined,
    undecidedSince: undefined,
    lastReport: undefined,
    lastReportAt: 0,
    retryAt: undefined,
    attempts: 0,
    removed: false,
  }
}

export function sourceRevisions(app: App, desired: DesiredState): readonly SourceRevision[] {
  return app.sources.flatMap((source, index) => {
    const revision = desired.revisions[index]
    if (revision === undefined) return []
    const { url: repository, path, targetRevision } = source
    return [{ repository, path, targetRevision, commit: revision.commit, commitTime: revision.commitTime }]
  })
}
