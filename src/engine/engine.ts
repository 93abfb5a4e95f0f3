import { isDeepStrictEqual } from 'node:util'
import { type ScheduledTask, schedule } from 'node-cron'
import { backoffMs } from '../concurrency/backoff.ts'
import { createEventLoopSlice } from '../concurrency/event-loop-slice.ts'
import { createWorkQueue } from '../concurrency/work-queue.ts'
import type { App } from '../model/app.ts'
import { CodedError, toFailure } from '../model/failure.ts'
import type { FleetUpdate, Measurement } from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import type { ApplicationSetReport, ClusterSpec, Inventory, Origin } from '../model/inventory.ts'
import { createAppIndex } from './app-index.ts'
import { type AppState, createAppState } from './app-state.ts'
import { type EvaluationPorts, objectChanged, refresh, reviewRecords } from './compare/evaluate-app.ts'
import { createRenderingCache } from './desired/rendering-cache.ts'
import { createRepositories } from './desired/repositories.ts'
import { createClusterReports } from './live/cluster-reports.ts'
import { type ClusterState, createClusterState } from './live/cluster-state.ts'
import { createClusters } from './live/clusters.ts'
import { createSchemaLibrary } from './live/schemas.ts'
import type { Engine, EnginePorts, EngineSettings } from './ports.ts'
import { desiredOf, objectsOf } from './queries.ts'
import { restoreState } from './restore-state.ts'
import { createDurablePublisher } from './state/durable-publisher.ts'
import { isNewlyDisagreed } from './verdict/controller-disagreement.ts'
import { baselinesOf } from './verdict/saved-app.ts'
import { createVerdictReporter } from './verdict/verdict-reporter.ts'

/**
 * Evaluations mostly wait, for Git and for renderings, which have limits of their own; a limit here would let apps of a server that hangs hold
 * up the others.
 */
const EVALUATIONS_AT_ONCE = 1000
const TICK_MS = 1000
const RETRY = { firstMs: 2000, longestMs: 120_000 }

/**
 * Makes the engine: it brings Git, renderings and clusters together, and tells verdicts. It begins with what the state file holds.
 * One at a time may use a state directory.
 */
export async function createEngine(settings: EngineSettings, ports: EnginePorts): Promise<Engine> {
  const { now, uptime, random, log } = ports
  const stopped = new AbortController()
  const slice = createEventLoopSlice()
  const appStates = new Map<AppId, AppState>()
  const index = createAppIndex()
  const saved = await restoreState(ports)
  const library = createSchemaLibrary()
  const refreshAll = new Set<AppId>()
  let problems: Inventory['problems'] | undefined
  let applicationSets: readonly ApplicationSetReport[] = []

  const repositories = createRepositories({
    git: ports.git,
    now,
    uptime,
    staleAfterMs: settings.staleAfter.gitSeconds * 1000,
    onStatus: (status) => ports.emit([{ type: 'repository', status }]),
    onMoved: (repository) => {
      for (const appState of index.usersOf(repository)) {
        appState.changedAt ??= now()
        queue.add(appState.id, 'urgent')
      }
    },
    onFreshness: (repository) => {
      for (const appState of index.usersOf(repository)) reporter.scheduleReport(appState)
    },
  })
  const renderings = createRenderingCache({
    renderer: ports.renderer,
    unchanged: ports.git.unchanged,
    now,
    signal: stopped.signal,
  })
  const publisher = createDurablePublisher({
    file: ports.stateFile,
    emit: ports.emit,
    log,
    clock: uptime,
  })
  const clusterReports = createClusterReports(now, ports.emit)
  const clusters = createClusters({
    open: openCluster,
    onOpened(cluster) {
      for (const appState of index.appsOf(cluster.spec.name)) {
        cluster.register(appState.app)
        queue.add(appState.id, 'routine')
      }
    },
    onClosed(name, gone) {
      if (gone) clusterReports.gone(name)
      for (const appState of index.appsOf(name)) reset(appState)
    },
    log,
  })
  const reporter = createVerdictReporter({
    commitsBetween: ports.git.commitsBetween,
    commitsSince: ports.git.commitsSince,
    publisher,
    repositories,
    renderings,
    slice,
    log,
    now,
    signal: stopped.signal,
    cluster: clusters.get,
    appState: (id) => appStates.get(id),
    uptime,
    coveredUntil: uptime() + settings.staleAfter.clusterSeconds * 1000,
  })
  const evaluation: EvaluationPorts = {
    repositories,
    renderings,
    slice,
    now,
    signal: stopped.signal,
    cluster: clusters.get,
    queryPointers: ports.queryPointers,
    onLate: reporter.scheduleReport,
  }
  const queue = createWorkQueue<AppId>(EVALUATIONS_AT_ONCE, evaluate)

  const clusterOf = ({ app }: AppState): ClusterState | undefined => clusters.get(app.to.cluster)

  async function evaluate(id: AppId): Promise<void> {
    const appState = appStates.get(id)
    if (appState === undefined) return
    const all = refreshAll.delete(id)
    const begun = performance.now()
    await refresh(appState, all, evaluation)
    appState.retryAt =
      appState.failure === undefined || !appState.failureIsPassing
        ? undefined
        : uptime() + backoffMs(appState.attempts, RETRY, random)
    const value = (performance.now() - begun) / 1000
    reporter.count({ metric: 'gitops_evaluation_duration_seconds', labels: {}, action: 'observe', value })
    reporter.scheduleReport(appState)
    releaseClusterOf(appState)
  }

  /** Once every app of a cluster was rendered or failed, nothing streamed will be dropped that is declared a moment later. */
  function releaseClusterOf(evaluated: AppState): void {
    const cluster = clusterOf(evaluated)
    if (cluster?.isWaiting !== true) return
    for (const appState of index.appsOf(evaluated.app.to.cluster))
      if (appState.desired === undefined && appState.failure === undefined) return
    cluster.release()
  }

  function openCluster(spec: ClusterSpec): ClusterState {
    const opened = createClusterState({
      spec,
      connector: ports.connect(spec),
      library,
      slice,
      now,
      uptime,
      random,
      staleAfterMs: settings.staleAfter.clusterSeconds * 1000,
      onObject(owners, key, keyText, object) {
        for (const id of owners) {
          const appState = appStates.get(id)
          if (appState === undefined) continue
          appState.changedAt ??= now()
          objectChanged(appState, opened, { key, keyText, object }, evaluation)
          reporter.scheduleReport(appState)
        }
      },
      onLiveState(users) {
        for (const id of users) {
          const appState = appStates.get(id)
          if (appState === undefined) continue
          void reviewRecords(appState, opened, evaluation).then(() => reporter.scheduleReport(appState))
        }
      },
      onCapabilities() {
        clusterReports.tick([opened])
        for (const appState of index.appsOf(spec.name)) {
          if (opened.capabilities === undefined) reporter.scheduleReport(appState)
          else queue.add(appState.id, 'routine')
        }
      },
    })
    return opened
  }

  /** Forgets what is known of an app's objects, not its verdict. */
  function reset(appState: AppState): void {
    appState.earlierBaselines = baselinesOf(appState)
    appState.records.clear()
    appState.desired = undefined
    appState.failure = undefined
    appState.attempts = 0
  }

  function reconcileApps({ apps, incomplete = [] }: Inventory): void {
    const wanted = new Set(apps.map((app) => app.id))
    const mayComeBack = (app: Origin): boolean =>
      incomplete.some(({ controller, declaredIn }) => controller === app.controller && declaredIn === app.declaredIn)
    for (const appState of appStates.values())
      if (!wanted.has(appState.id) && !mayComeBack(appState.app)) removeApp(appState)
    for (const [id, app] of saved) {
      if (wanted.has(id)) continue
      if (mayComeBack(app.summary)) reporter.reportSaved(app)
      else {
        saved.delete(id)
        publisher.remove(id)
      }
    }
    for (const app of apps) {
      const known = appStates.get(app.id)
      if (known === undefined) addApp(app)
      else if (!isDeepStrictEqual(known.app, app)) changeApp(known, app)
    }
  }

  function removeApp(appState: AppState): void {
    appState.removed = true
    appStates.delete(appState.id)
    index.remove(appState)
    queue.remove(appState.id)
    clusterOf(appState)?.unregister(appState.app)
    reporter.forget(appState)
  }

  function addApp(app: App): void {
    const appState = createAppState(app, saved.get(app.id), now() / 1000)
    saved.delete(app.id)
    appStates.set(app.id, appState)
    index.add(appState)
    clusters.get(app.to.cluster)?.register(app)
    reporter.reportKnown(appState)
    queue.add(app.id, 'routine')
  }

  /** Only what moves it to other objects makes it forget those that it knows: a controller reports something new all the time. */
  function changeApp(appState: AppState, app: App): void {
    const moves = app.to.cluster !== appState.app.to.cluster || !isDeepStrictEqual(app.tracking, appState.app.tracking)
    const decides = !isDeepStrictEqual(decisiveParts(app), decisiveParts(appState.app))
    if (moves) {
      clusterOf(appState)?.unregister(appState.app)
      reset(appState)
    }
    index.remove(appState)
    appState.app = app
    index.add(appState)
    appState.changedAt ??= now()
    if (moves) clusterOf(appState)?.register(app)
    if (decides) {
      appState.isOutdated = true
      refreshAll.add(appState.id)
    }
    // Who moved may be told from what the controller says.
    for (const record of appState.records.values()) delete record.cause
    reporter.reportKnown(appState)
    queue.add(appState.id, 'urgent')
  }

  function tick(): void {
    for (const cluster of clusters.all()) cluster.tick()
    repositories.tick()
    const time = now()
    for (const appState of appStates.values()) {
      if (appState.retryAt !== undefined && appState.retryAt <= uptime()) {
        appState.retryAt = undefined
        queue.add(appState.id, 'routine')
      }
      if (reporter.isOverdue(appState) || isNewlyDisagreed(appState, time)) reporter.scheduleReport(appState)
    }
    clusterReports.tick(clusters.all())
    const queued: Measurement = {
      metric: 'gitops_evaluation_queue_length',
      labels: {},
      action: 'set',
      value: queue.length,
    }
    ports.emit([{ type: 'measurements', measurements: [...reporter.takeMeasurements(), queued] }])
  }

  async function pass(): Promise<void> {
    repositories.pollAll()
    for (const cluster of clusters.all()) cluster.refreshCapabilities()
    for (const id of appStates.keys()) {
      refreshAll.add(id)
      queue.add(id, 'routine')
    }
    await queue.idle()
    await reporter.quiet()
    publisher.emitAfter({ type: 'pass', first: false, endedAt: now() / 1000 })
  }

  const timer = setInterval(() => {
    try {
      tick()
    } catch (thrown) {
      log('error', 'a look at the clock failed', { ...toFailure(thrown) })
    }
  }, TICK_MS)
  let task: ScheduledTask | undefined
  if (settings.schedule !== undefined)
    task = schedule(settings.schedule, pass, { timezone: 'Etc/UTC', noOverlap: true })

  return {
    reconcile(inventory) {
      clusters.reconcile(inventory.clusters)
      const { removed } = repositories.configure(inventory.repositories)
      reconcileApps(inventory)
      const updates: FleetUpdate[] = removed.map((repository) => ({ type: 'repositoryGone', repository }))
      if (!isDeepStrictEqual(problems, inventory.problems)) {
        problems = inventory.problems
        updates.push({ type: 'problems', problems })
      }
      if (!isDeepStrictEqual(applicationSets, inventory.applicationSets ?? [])) {
        applicationSets = inventory.applicationSets ?? []
        updates.push({ type: 'applicationSets', reports: applicationSets })
      }
      if (updates.length > 0) ports.emit(updates)
      clusterReports.tick(clusters.all())
      reporter.inventoryKnown((inventory.incomplete ?? []).length === 0)
    },
    pass,
    async objects(id) {
      const appState = appStates.get(id)
      const cluster = appState === undefined ? undefined : clusterOf(appState)
      return appState === undefined || cluster === undefined ? [] : objectsOf(appState, cluster, evaluation)
    },
    async desired(id) {
      const appState = appStates.get(id)
      if (appState === undefined) throw new CodedError('GDE_NOT_EVALUATED', 'there is no such app')
      return desiredOf(appState, clusterOf(appState))
    },
    connector: (name) => clusters.get(name)?.connector,
    async close() {
      clearInterval(timer)
      await task?.destroy()
      stopped.abort()
      repositories.close()
      await clusters.close()
      await publisher.flush()
    },
  }
}

function decisiveParts({ sources, storedRelease, to, tracking, policy, showValues, problem }: App): unknown {
  return { sources, storedRelease, to, tracking, policy, showValues, problem }
}
