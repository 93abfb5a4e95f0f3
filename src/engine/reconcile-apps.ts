import { isDeepStrictEqual } from 'node:util'
import type { WorkQueue } from '../concurrency/work-queue.ts'
import type { App } from '../model/apps/app.ts'
import type { Inventory, Origin } from '../model/apps/inventory.ts'
import type { AppId } from '../model/identity.ts'
import type { AppIndex } from './app-index.ts'
import { type AppState, createAppState } from './app-state.ts'
import type { ClusterState } from './live/cluster-state.ts'
import type { JournaledState } from './state/resume-journal.ts'
import type { SavedApp } from './state/saved-state.ts'
import type { ResumedApp } from './verdict/reported-state.ts'
import type { VerdictReporter } from './verdict/verdict-reporter.ts'

export interface AppReconcilerOptions {
  readonly appStates: Map<AppId, AppState>
  readonly index: AppIndex
  /** What the last process left, of apps that have not come back yet. */
  readonly saved: Map<AppId, SavedApp>
  /** The same by the journal. */
  readonly journaled: Map<AppId, JournaledState>
  readonly queue: WorkQueue<AppId>
  readonly reporter: VerdictReporter
  readonly cluster: (name: string) => ClusterState | undefined
  /** Every object of the app is compared anew at its next evaluation. */
  readonly refreshAll: (app: AppId) => void
  /** Nothing that files of the app name is needed any more. */
  readonly forgetRemotes: (app: AppId) => void
  /** Unix milliseconds. */
  readonly now: () => number
}

export interface AppReconciler {
  reconcile(inventory: Inventory): void
  /** Its apps begin to be compared. */
  clusterOpened(cluster: ClusterState): void
  /** What is known of the objects of its apps holds no longer. */
  clusterClosed(name: string): void
}

/** Adds, changes and removes apps, so that they are those of the inventory. */
export function createAppReconciler(options: AppReconcilerOptions): AppReconciler {
  const { appStates, index, saved, journaled, queue, reporter, now } = options
  const clusterOf = ({ app }: AppState): ClusterState | undefined => options.cluster(app.to.cluster)

  function remove(appState: AppState): void {
    appState.removed = true
    appStates.delete(appState.id)
    index.remove(appState)
    queue.remove(appState.id)
    options.forgetRemotes(appState.id)
    clusterOf(appState)?.unregister(appState.app)
    reporter.forget(appState.app, appState.reported.drift !== undefined)
  }

  function add(app: App): void {
    const appState = createAppState(app, saved.get(app.id), now() / 1000, resumedApp(journaled.get(app.id)))
    saved.delete(app.id)
    journaled.delete(app.id)
    appStates.set(app.id, appState)
    index.add(appState)
    options.cluster(app.to.cluster)?.register(app)
    reporter.reportKnown(appState)
    queue.add(app.id, 'routine')
  }

  /** Only what moves it to other objects makes it forget those that it knows: a controller reports something new all the time. */
  function change(appState: AppState, app: App): void {
    const moves = app.to.cluster !== appState.app.to.cluster || !isDeepStrictEqual(app.tracking, appState.app.tracking)
    const decides = !isDeepStrictEqual(decisiveParts(app), decisiveParts(appState.app))
    if (moves) {
      clusterOf(appState)?.unregister(appState.app)
      forgetObjects(appState)
    }
    index.remove(appState)
    appState.app = app
    index.add(appState)
    appState.reported.noteChange(now())
    if (moves) clusterOf(appState)?.register(app)
    else clusterOf(appState)?.inventories.set(app)
    if (decides) {
      appState.desired.outdate()
      options.refreshAll(appState.id)
    }
    // Who moved may be told from what the controller reports.
    appState.objects.forgetCauses()
    reporter.reportKnown(appState)
    queue.add(appState.id, 'urgent')
  }

  return {
    reconcile({ apps, incomplete = [] }) {
      const wanted = new Set(apps.map((app) => app.id))
      const mayComeBack = (app: Origin): boolean =>
        incomplete.some(({ controller, declaredIn }) => controller === app.controller && declaredIn === app.declaredIn)
      for (const appState of appStates.values())
        if (!wanted.has(appState.id) && !mayComeBack(appState.app)) remove(appState)
      for (const [id, app] of saved) {
        if (wanted.has(id)) continue
        if (mayComeBack(app.summary)) reporter.reportSaved(app)
        else {
          const drifts = journaled.get(id)?.drifting !== undefined
          saved.delete(id)
          journaled.delete(id)
          reporter.forget(app.summary, drifts)
        }
      }
      for (const [id, { app, drifting }] of journaled) {
        if (wanted.has(id) || mayComeBack(app)) continue
        journaled.delete(id)
        reporter.forget({ ...app, id }, drifting !== undefined)
      }
      for (const app of apps) {
        const known = appStates.get(app.id)
        if (known === undefined) add(app)
        else if (!isDeepStrictEqual(known.app, app)) change(known, app)
      }
    },
    clusterOpened(cluster) {
      for (const appState of index.appsOf(cluster.spec.name)) {
        cluster.register(appState.app)
        queue.add(appState.id, 'routine')
      }
    },
    clusterClosed(name) {
      for (const appState of index.appsOf(name)) forgetObjects(appState)
    },
  }
}

function resumedApp(state: JournaledState | undefined): ResumedApp | undefined {
  if (state === undefined) return undefined
  const { history, drifting } = state
  if (drifting === undefined) return { history, drift: undefined }
  const objects = Object.entries(drifting.objects).map(([key, marks]) => [key, { marks }] as const)
  return { history, drift: { since: drifting.seen, objects: new Map(objects), last: undefined } }
}

/** Forgets what is known of an app's objects, not its verdict. */
function forgetObjects({ desired, objects }: AppState): void {
  objects.reset(desired.current?.baseline)
  desired.reset()
}

/** What the verdicts on its objects depend on. */
function decisiveParts(app: App): unknown {
  const { sources, storedRelease, declaredRelease, withoutChart, to, tracking, pruning, policy, permission } = app
  const { showValues, problem } = app
  const desired = { sources, storedRelease, declaredRelease, withoutChart, to }
  return { ...desired, tracking, pruning, policy, permission, showValues, problem }
}
