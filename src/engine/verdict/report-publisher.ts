import { isDeepStrictEqual } from 'node:util'
import type { AppReport, Measurement } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { Verdict } from '../../model/verdicts/verdict.ts'
import type { AppState } from '../app-state.ts'
import type { DurablePublisher } from '../state/durable-publisher.ts'
import { continueHistory } from '../state/status-history.ts'
import { countEvaluation } from './measurement-buffer.ts'
import { savedApp } from './saved-app.ts'

export interface ReportPublisherOptions {
  readonly publisher: DurablePublisher
  readonly count: (measurement: Measurement) => void
  /** Unix milliseconds. */
  readonly now: () => number
}

export interface NewsOptions {
  /** Of a change of status: resolves when the journal has it, which is when it is sent. */
  readonly recorded: Promise<void> | undefined
  /** False where the app cannot be evaluated since what is known of it is stale. */
  readonly isEvaluated: boolean
}

/** Sends reports on and has them saved. */
export interface ReportPublisher {
  /** @param recorded of a change of status: resolves when the journal has it, which is when it is sent */
  send(appState: AppState, report: AppReport, recorded: Promise<void> | undefined): void
  /** Sends a report that says something new. Of one that says the same as the last nothing is sent but that the app was evaluated. */
  sendNews(appState: AppState, report: AppReport, how: NewsOptions): void
  /** An evaluation could find nothing otherwise, so that counts as one, and the last report of the app holds. */
  renew(appState: AppState): void
  /** Tells of which apps the last reports hold. */
  tellRenewed(): void
  /** The app is in sync, so all commits seen since are live now. */
  countArrivals(appState: AppState): void
}

/** Apps that are told of at once: the receiving thread does nothing else meanwhile. */
const RENEWED_AT_ONCE = 1000

export function createReportPublisher({ publisher, count, now }: ReportPublisherOptions): ReportPublisher {
  const renewed = new Set<AppId>()
  /** When the first of them was evaluated, Unix seconds. */
  let renewedFrom = 0

  function send(appState: AppState, report: AppReport, recorded: Promise<void> | undefined): void {
    appState.reported.published(report)
    renewed.delete(appState.id)
    publisher.publish(report, savedApp(appState, report), recorded)
  }

  function noteRenewed({ id, reported }: AppState): void {
    if (renewed.size === 0) renewedFrom = reported.history.evaluatedAt ?? 0
    renewed.add(id)
  }

  return {
    send,
    renew(appState) {
      const { reported } = appState
      const { last, history } = reported
      if (last === undefined) return
      reported.renew(continueHistory(history, history.outcome, now() / 1000, { evaluated: true }))
      countEvaluation(count, history.outcome.status)
      noteRenewed(appState)
      publisher.renew({ summary: last.summary, history: reported.history })
    },
    tellRenewed() {
      const apps = [...renewed]
      renewed.clear()
      for (let first = 0; first < apps.length; first += RENEWED_AT_ONCE) {
        const some = apps.slice(first, first + RENEWED_AT_ONCE)
        publisher.emitAfter({ type: 'evaluated', apps: some, at: renewedFrom })
      }
    },
    sendNews(appState, report, { recorded, isEvaluated }) {
      const { reported } = appState
      const { last, changedAt } = reported
      const isSame = last !== undefined && isDeepStrictEqual(withoutTimes(last), withoutTimes(report))
      // What changed nothing here is no beginning of what changes something later.
      reported.changeReported()
      // One that waits for its first verdict gets it by a report.
      const isFirst = last?.verdict.evaluatedAt === undefined && report.verdict.evaluatedAt !== undefined
      if (isSame && recorded === undefined && !isFirst) {
        if (!isEvaluated) return
        noteRenewed(appState)
        publisher.save(savedApp(appState, report))
        return
      }
      if (!isSame && changedAt !== undefined) {
        const value = (now() - changedAt) / 1000
        count({ metric: 'gitops_detection_latency_seconds', labels: {}, action: 'observe', value })
      }
      send(appState, report, recorded)
    },
    countArrivals({ app, reported }) {
      const labels = { controller: app.controller, project: app.project, dest_cluster: app.to.cluster }
      for (const seenAt of reported.takeCommits()) {
        const value = (now() - seenAt) / 1000
        reported.remember({ lastSyncLagSeconds: value })
        count({ metric: 'gitops_sync_lag_seconds', labels, action: 'observe', value })
      }
    },
  }
}

function withoutTimes({ verdict, ...report }: AppReport): unknown {
  const { evaluatedAt: _evaluated, lastSynced: _synced, ...rest } = verdict satisfies Verdict
  return { ...report, verdict: rest }
}
