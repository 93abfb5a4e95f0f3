import { isDeepStrictEqual } from 'node:util'
import type { AppId, AppIdentity } from '../../model/identity.ts'
import type { JournalPort } from '../../model/journal/journal.ts'
import type { Verdict } from '../../model/verdicts/verdict.ts'
import type { AppState } from '../app-state.ts'
import { isDrift } from '../compare/app-objects.ts'
import { sourceRevisions } from '../desired/desired-state.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { historyText } from '../state/saved-state.ts'
import type { StatusHistory } from '../state/status-history.ts'
import { sightDrift } from './drift-sighting.ts'

/** Tells the journal what is seen of apps. What is in sync and stays so costs nothing. */
export interface DriftJournal {
  /** Drift whose cause is still asked for: it may be over before the answer is there. */
  noteEarly(drifting: Pick<NotedVerdict, 'appState' | 'cluster' | 'at'>): void
  /** Notes what is noted meanwhile of this object as of one that is live as something else by now. */
  whileSuperseded(keyText: string, work: () => void): void
  /**
   * A verdict that was concluded.
   * @param before the history before it
   * @returns of a change of status, a promise that resolves when it is kept
   */
  note(verdict: NotedVerdict): Promise<void> | undefined
  /** The app is not there any more. */
  noteGone(app: AppIdentity & { readonly id: AppId; readonly project: string }, at: number): Promise<void>
}

export interface NotedVerdict {
  readonly appState: AppState
  readonly cluster: ClusterState | undefined
  readonly verdict: Verdict
  readonly before: StatusHistory
  readonly isFlip: boolean
  readonly isJudged: boolean
  /** Unix seconds. */
  readonly at: number
}

export function createDriftJournal(journal: JournalPort): DriftJournal {
  let superseded: string | undefined
  return {
    whileSuperseded(keyText, work) {
      const before = superseded
      superseded = keyText
      work()
      superseded = before
    },
    noteEarly({ appState, cluster, at }) {
      const { reported, objects, desired, app } = appState
      const before = reported.drift
      if (!objects.records.values().some(isDrift)) return
      const { sighting, drift } = sightDrift({
        appState,
        cluster,
        at,
        status: 'OutOfSync',
        history: historyText(reported.history),
        revisions: desired.current === undefined ? [] : sourceRevisions(app, desired.current),
        isJudged: false,
        lastSynced: reported.history.lastSynced,
        superseded,
      })
      if (isDeepStrictEqual(drift?.last?.objects, before?.last?.objects)) return
      reported.setDrift(drift)
      void journal.record(sighting)
    },
    note({ appState, cluster, verdict, before, isFlip, isJudged, at }) {
      const { reported } = appState
      const { outcome } = verdict
      const wasDrift = reported.drift
      if (!isFlip && wasDrift === undefined && outcome.status !== 'OutOfSync') return undefined
      const { sighting, drift } = sightDrift({
        appState,
        cluster,
        at,
        status: outcome.status,
        history: historyText(reported.history),
        revisions: verdict.revisions,
        isJudged,
        lastSynced: before.lastSynced,
        superseded,
        ...(outcome.status === 'OutOfSync' && { cause: outcome.cause }),
        ...(outcome.status === 'Unknown' && { reason: outcome.reason.code }),
      })
      reported.setDrift(drift)
      if (isFlip) return journal.record(sighting)
      if (drift?.last === undefined || !isDeepStrictEqual(drift.last, wasDrift?.last)) void journal.record(sighting)
      return undefined
    },
    noteGone({ id, controller, kind, declaredIn, namespace, name, destination, project }, at) {
      return journal.record({
        app: { id, controller, kind, declaredIn, namespace, name, destination, project },
        at,
        status: 'gone',
        history: '',
        commits: [],
        objects: [],
        objectsOmitted: 0,
        ended: {},
      })
    },
  }
}
