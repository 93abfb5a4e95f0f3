import type { EventLoopSlice } from '../concurrency/event-loop-slice.ts'
import type { WorkQueue } from '../concurrency/work-queue.ts'
import type { RedactionKey } from '../kubernetes/redaction.ts'
import type { ClusterSpec } from '../model/apps/inventory.ts'
import type { ClusterConnector } from '../model/clusters/cluster.ts'
import type { AppId } from '../model/identity.ts'
import type { Log } from '../model/log.ts'
import type { AppIndex } from './app-index.ts'
import type { AppState } from './app-state.ts'
import { isDrift } from './compare/app-objects.ts'
import type { EvaluationPorts } from './compare/evaluation-ports.ts'
import { objectChanged, reviewObjects } from './compare/live-changes.ts'
import { type ClusterAdmission, createClusterAdmission } from './live/cluster-admission.ts'
import type { ClusterReports } from './live/cluster-reports.ts'
import { type ClusterState, createClusterState } from './live/cluster-state.ts'
import type { SchemaLibrary } from './live/schemas.ts'
import type { UnreadBuffers } from './live/unread-buffers.ts'
import type { SavedLive } from './saved-live.ts'
import type { VerdictReporter } from './verdict/verdict-reporter.ts'

export interface ClusterOpenerOptions {
  readonly connect: (spec: ClusterSpec) => ClusterConnector
  readonly redactionKey: RedactionKey
  readonly library: SchemaLibrary
  readonly savedLive: SavedLive
  readonly admission: ClusterAdmission
  readonly appState: (id: AppId) => AppState | undefined
  readonly index: AppIndex
  readonly evaluationPorts: EvaluationPorts
  readonly reporter: VerdictReporter
  readonly clusterReports: ClusterReports
  readonly queue: WorkQueue<AppId>
  readonly slice: EventLoopSlice
  readonly unread: UnreadBuffers
  readonly log: Log
  readonly now: () => number
  readonly uptime: () => number
  readonly random: () => number
  readonly staleAfterMs: number
}

/** Clusters that are asked for the first time together: what the first ones tell is worked on before all have told it. */
const GREETED_AT_ONCE = 32
/** One that is slower or dead holds up nobody for longer. */
const GREETING_MS = 1000

/** What a cluster tells goes to the apps that it concerns: this is where a watch event finds them. */
export function createClusterOpener(options: ClusterOpenerOptions): (spec: ClusterSpec) => ClusterState {
  const { index, reporter, queue, evaluationPorts, now, log } = options
  const greeting = createClusterAdmission(GREETED_AT_ONCE, GREETING_MS)
  return (spec) => {
    const cluster: ClusterState = createClusterState({
      spec,
      connector: options.connect(spec),
      redactionKey: options.redactionKey,
      library: options.library,
      slice: options.slice,
      unread: options.unread,
      now,
      uptime: options.uptime,
      random: options.random,
      staleAfterMs: options.staleAfterMs,
      saved: () => options.savedLive.of(spec.name),
      onRefused: ({ group, kind }, why) =>
        log('debug', 'a kind is listed and not resumed', { cluster: spec.name, group, kind, why }),
      onObject(owners, key, keyText, streamed) {
        let goesOn = owners.length > 0
        for (const id of owners) {
          const appState = options.appState(id)
          if (appState === undefined) {
            goesOn = false
            continue
          }
          // Drift that heals at once is drift all the same.
          reporter.reportBefore(appState, keyText)
          appState.reported.noteChange(now())
          const novelty = objectChanged(appState, cluster, { key, keyText, streamed }, evaluationPorts)
          if (novelty === 'news') reporter.scheduleReport(appState)
          else reporter.scheduleLater(appState, novelty === 'rewritten' ? keyText : undefined)
          const record = appState.objects.records.get(keyText)
          goesOn &&= novelty !== 'news' && record !== undefined && isDrift(record)
        }
        return goesOn
      },
      onWaiting(owners) {
        for (const id of owners) {
          const appState = options.appState(id)
          if (appState === undefined) continue
          appState.reported.noteChange(now())
          reporter.scheduleLater(appState, undefined)
        }
      },
      onLiveState(apps, kind) {
        for (const id of apps) {
          const appState = options.appState(id)
          if (appState === undefined) continue
          void reviewObjects(appState, cluster, kind, evaluationPorts).then(() => reporter.scheduleReport(appState))
        }
      },
      begin: (ask) => greeting.ask(spec.name, ask),
      onBegun: () => greeting.leave(spec.name),
      admit(enter) {
        // One that no app is in reads nothing.
        if (index.appsOf(spec.name)[Symbol.iterator]().next().done === true) enter()
        else options.admission.ask(spec.name, enter)
      },
      onRead: () => options.admission.leave(spec.name),
      onCapabilities() {
        options.clusterReports.tick([cluster])
        for (const appState of index.appsOf(spec.name)) {
          if (cluster.capabilities === undefined) reporter.scheduleReport(appState)
          else {
            queue.add(appState.id, 'routine')
            log('debug', 'evaluated since its cluster told what it can do', { app: appState.id })
          }
        }
      },
    })
    return cluster
  }
}
