import { isDeepStrictEqual } from 'node:util'
import type { AppReport, Measurement } from '../../model/fleet.ts'
import type { Verdict } from '../../model/verdicts/verdict.ts'
import type { AppState } from '../app-state.ts'
import type { DurablePublisher } from '../state/durable-publisher.ts'
import { savedApp } from './saved-app.ts'

export interface ReportPublisherOptions {
  readonly publisher: DurablePublisher
  readonly count: (measurement: Measurement) => void
  /** Unix milliseconds. */
  readonly now: () => number
}

/** Sends reports on and has them saved. */
export interface ReportPublisher {
  /** @param recorded of a change of status: resolves when the journal has it, which is when it is sent */
  send(appState: AppState, report: AppReport, recorded: Promise<void> | undefined): void
  /** Sends a report that says something new, or that was sent long ago. */
  sendNews(appState: AppState, report: AppReport, recorded: Promise<void> | undefined): void
  /** The app is in sync, so all commits seen since are live now. */
  countArrivals(appState: AppState): void
}

/** Unchanged reports are sent again at most this often. */
const SAME_REPORT_MS = 60_000

export function createReportPublisher({ publisher, count, now }: ReportPublisherOptions): ReportPublisher {
  function send(appState: AppState, report: AppReport, recorded: Promise<void> | undefined): void {
    appState.reported.published(report, now())
    publisher.publish(report, savedApp(appState, report), recorded)
  }

  return {
    send,
    sendNews(appState, report, recorded) {
      const { reported } = appState
      const { last, lastAt, changedAt } = reported
      const isSame = last !== undefined && isDeepStrictEqual(withoutTimes(last), withoutTimes(report))
      // What changed nothing here is no beginning of what changes something later.
      reported.changeReported()
      if (isSame && recorded === undefined && now() - lastAt < SAME_REPORT_MS) return
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
