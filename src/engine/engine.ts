import { isDeepStrictEqual } from 'node:util'
import { type ScheduledTask, schedule } from 'node-cron'
import { createEventLoopSlice } from '../concurrency/event-loop-slice.ts'
import { CodedError, toFailure } from '../model/failure.ts'
import type { FleetUpdate } from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import type { ApplicationSetReport, Inventory } from '../model/inventory.ts'
import { createAppIndex } from './app-index.ts'
import type { AppState } from './app-state.ts'
import type { EvaluationPorts } from './compare/evaluation-ports.ts'
import { createRenderingCache } from './desired/rendering-cache.ts'
import { createRepositories } from './desired/repositories.ts'
import { createEvaluations } from './evaluations.ts'
import { createClusterReports } from './live/cluster-reports.ts'
import type { ClusterState } from './live/cluster-state.ts'
import { createClusters } from './live/clusters.ts'
import { createSchemaLibrary } from './live/schemas.ts'
import { createClusterOpener } from './open-cluster.ts'
import { passIntervalMeasurement } from './pass-interval.ts'
import type { Engine, EnginePorts, EngineSettings } from './ports.ts'
import { desiredOf, objectsOf } from './queries.ts'
import { createAppReconciler, forgetObjects } from './reconcile-apps.ts'
import { restoreState } from './restore-state.ts'
import { createSourceReports } from './source-reports.ts'
import { createDurablePublisher } from './state/durable-publisher.ts'
import { createTick } from './tick.ts'
import { createVerdictReporter } from './verdict/verdict-reporter.ts'

const TICK_MS = 1000

/**
 * Makes the engine: it brings Git, renderings and clusters together, and reports verdicts. It begins with what the state file holds.
 * One at a time may use a state directory. Here is only wiring: apps are reconciled in reconcile-apps.ts, evaluated in evaluations.ts.
 */
export async function createEngine(settings: EngineSettings, ports: EnginePorts): Promise<Engine> {
  const { now, uptime, random, log, emit } = ports
  const stopped = new AbortController()
  const { signal } = stopped
  const slice = createEventLoopSlice()
  const appStates = new Map<AppId, AppState>()
  const index = createAppIndex()
  const saved = await restoreState(ports)
  const staleAfterMs = settings.staleAfter.clusterSeconds * 1000

  const repositories = createRepositories({
    git: ports.git,
    now,
    uptime,
    staleAfterMs: settings.staleAfter.gitSeconds * 1000,
    onStatus: (status) => emit([{ type: 'repository', status }]),
    onMoved: (repository) => {
      for (const appState of index.usersOf(repository)) {
        appState.reported.noteChange(now())
        evaluations.queue.add(appState.id, 'urgent')
        log('debug', 'evaluated since its repository moved', { app: appState.id })
      }
    },
    onFreshness: (repository) => {
      for (const appState of index.usersOf(repository)) reporter.scheduleReport(appState)
    },
  })
  const renderings = createRenderingCache({ renderer: ports.renderer, unchanged: ports.git.unchanged, now, signal })
  const publisher = createDurablePublisher({ file: ports.stateFile, emit, log, clock: uptime })
  const clusterReports = createClusterReports(now, emit)
  const clusters = createClusters({
    open: (spec) => openCluster(spec),
    onOpened(cluster) {
      for (const appState of index.appsOf(cluster.spec.name)) {
        cluster.register(appState.app)
        evaluations.queue.add(appState.id, 'routine')
      }
    },
    onClosed(name, gone) {
      if (gone) clusterReports.gone(name)
      for (const appState of index.appsOf(name)) forgetObjects(appState)
    },
    log,
  })
  const reporter = createVerdictReporter({
    ...{ publisher, repositories, renderings, slice, log, now, uptime, signal },
    commitsBetween: ports.git.commitsBetween,
    commitsSince: ports.git.commitsSince,
    cluster: clusters.get,
    appState: (id) => appStates.get(id),
    coveredUntil: uptime() + staleAfterMs,
  })
  const evaluationPorts: EvaluationPorts = {
    ...{ repositories, renderings, slice, now, signal },
    cluster: clusters.get,
    queryPointers: ports.queryPointers,
    onLate: reporter.scheduleReport,
  }
  const evaluations = createEvaluations({
    ...{ index, reporter, uptime, random },
    appState: (id) => appStates.get(id),
    ports: evaluationPorts,
  })
  const openCluster = createClusterOpener({
    ...{ index, reporter, clusterReports, slice, now, uptime, random, staleAfterMs, log },
    connect: ports.connect,
    library: createSchemaLibrary(),
    appState: (id) => appStates.get(id),
    evaluationPorts,
    queue: evaluations.queue,
  })
  const reconciler = createAppReconciler({
    ...{ appStates, index, saved, reporter, publisher, now },
    queue: evaluations.queue,
    cluster: clusters.get,
    refreshAll: evaluations.refreshAll,
  })
  const reportInventory = createInventoryReports(emit)
  const sourceReports = createSourceReports(publisher, now)
  const tick = createTick({
    ...{ clusters, clusterReports, sourceReports, repositories, evaluations, reporter, emit, now, uptime },
    appStates: () => appStates.values(),
  })

  async function pass(): Promise<void> {
    repositories.pollAll()
    for (const cluster of clusters.all()) cluster.refreshCapabilities()
    for (const id of appStates.keys()) {
      evaluations.refreshAll(id)
      evaluations.queue.add(id, 'routine')
    }
    await evaluations.queue.idle()
    await reporter.quiet()
    publisher.emitAfter({ type: 'pass', first: false, endedAt: now() / 1000 })
  }

  const timer = setInterval(() => {
    try {
      tick()
    } catch (thrown) {
      log('error', 'the periodic check failed', { ...toFailure(thrown) })
    }
  }, TICK_MS)
  let task: ScheduledTask | undefined
  if (settings.schedule !== undefined)
    task = schedule(settings.schedule, pass, { timezone: 'Etc/UTC', noOverlap: true })
  if (task !== undefined) reporter.count(passIntervalMeasurement(task))
  const clusterOf = ({ app }: AppState): ClusterState | undefined => clusters.get(app.to.cluster)

  return {
    reconcile(inventory) {
      clusters.reconcile(inventory.clusters)
      const { removed } = repositories.configure(inventory.repositories)
      reconciler.reconcile(inventory)
      reportInventory(inventory, removed)
      clusterReports.tick(clusters.all())
      sourceReports.set(inventory.sources ?? [])
      reporter.inventoryKnown((inventory.incomplete ?? []).length === 0)
    },
    pass,
    async objects(id) {
      const appState = appStates.get(id)
      const cluster = appState === undefined ? undefined : clusterOf(appState)
      return appState === undefined || cluster === undefined ? [] : objectsOf(appState, cluster, evaluationPorts)
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

/** Sends on what the inventory says beside apps, where it is other than before. */
function createInventoryReports(
  emit: EnginePorts['emit'],
): (inventory: Inventory, removed: ReturnType<ReturnType<typeof createRepositories>['configure']>['removed']) => void {
  let problems: Inventory['problems'] | undefined
  let applicationSets: readonly ApplicationSetReport[] = []
  return (inventory, removed) => {
    const updates: FleetUpdate[] = removed.map((repository) => ({ type: 'repositoryGone', repository }))
    if (!isDeepStrictEqual(problems, inventory.problems)) {
      problems = inventory.problems
      updates.push({ type: 'problems', problems })
    }
    if (!isDeepStrictEqual(applicationSets, inventory.applicationSets ?? [])) {
      applicationSets = inventory.applicationSets ?? []
      updates.push({ type: 'applicationSets', reports: applicationSets })
    }
    if (updates.length > 0) emit(updates)
  }
}
