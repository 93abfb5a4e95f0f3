import { createEventLoopSlice } from '../concurrency/event-loop-slice.ts'
import type { AppId } from '../model/identity.ts'
import { createAppIndex } from './app-index.ts'
import type { AppState } from './app-state.ts'
import type { EvaluationPorts } from './compare/evaluation-ports.ts'
import { createRemoteSources } from './desired/remote-sources.ts'
import { createRenderingCache } from './desired/rendering-cache.ts'
import { createRepositories } from './desired/repositories.ts'
import { createEvaluations } from './evaluations.ts'
import { createInventoryReports } from './inventory-reports.ts'
import { createClusterAdmission } from './live/cluster-admission.ts'
import { createClusterReports } from './live/cluster-reports.ts'
import { createClusters } from './live/clusters.ts'
import { createSchemaLibrary } from './live/schemas.ts'
import { UnreadBuffers } from './live/unread-buffers.ts'
import { createClusterOpener } from './open-cluster.ts'
import { startPasses } from './passes.ts'
import type { Engine, EnginePorts, EngineSettings } from './ports.ts'
import { createQueries } from './queries.ts'
import { createAppReconciler } from './reconcile-apps.ts'
import { restoreState } from './restore-state.ts'
import { saveLive, takeSavedLive } from './saved-live.ts'
import { createSourceReports } from './source-reports.ts'
import { createDurablePublisher } from './state/durable-publisher.ts'
import { startTick } from './tick.ts'
import { createTimedApps } from './timed-apps.ts'
import { createVerdictReporter } from './verdict/verdict-reporter.ts'

/**
 * Makes the engine: it brings Git, renderings and clusters together, and reports verdicts. It begins with what the state file holds.
 * One at a time may use a state directory. Here is only wiring: apps are reconciled in reconcile-apps.ts, evaluated in evaluations.ts.
 */
export async function createEngine(settings: EngineSettings, ports: EnginePorts): Promise<Engine> {
  const { now, uptime, random, log, emit } = ports
  const stopped = new AbortController()
  const { signal } = stopped
  const slice = createEventLoopSlice()
  const [appStates, timedApps] = [new Map<AppId, AppState>(), createTimedApps()]
  const appState = (id: AppId): AppState | undefined => appStates.get(id)
  const index = createAppIndex()
  const [{ saved, journaled }, savedLive] = await Promise.all([restoreState(ports), takeSavedLive(ports)])
  const staleAfterMs = settings.staleAfter.clusterSeconds * 1000
  const repositories = createRepositories({
    ...{ git: ports.git, now, uptime, staleAfterMs: settings.staleAfter.gitSeconds * 1000 },
    onStatus: (status) => emit([{ type: 'repository', status }]),
    onMoved: (repository) => evaluations.repositoryMoved(repository),
    onFreshness: (repository) => {
      for (const user of index.usersOf(repository)) reporter.scheduleReport(user)
    },
  })
  const renderings = createRenderingCache({ renderer: ports.renderer, unchanged: ports.git.unchanged, now, signal })
  const remotes = createRemoteSources(repositories, index.borrows, (id) => evaluations.queue.add(id, 'urgent'))
  const publisher = createDurablePublisher({ file: ports.stateFile, emit, log })
  const clusterReports = createClusterReports(uptime, emit)
  const clusters = createClusters({
    open: (spec) => openCluster(spec),
    onOpened: (cluster) => reconciler.clusterOpened(cluster),
    onClosed(name, gone) {
      if (gone) clusterReports.gone(name)
      reconciler.clusterClosed(name)
    },
    log,
  })
  const reporter = createVerdictReporter({
    ...{ publisher, repositories, renderings, remotes, appState, slice, log, now, uptime, signal },
    journal: ports.journal,
    commitsBetween: ports.git.commitsBetween,
    commitsSince: ports.git.commitsSince,
    cluster: clusters.get,
    ...{ coveredUntil: uptime() + staleAfterMs, onLook: timedApps.add },
  })
  const evaluationPorts: EvaluationPorts = {
    ...{ repositories, renderings, remotes, slice, now, signal },
    cluster: clusters.get,
    queryPointers: ports.queryPointers,
    ...{ beforeAdopting: reporter.reportGathered, onLate: reporter.scheduleReport },
  }
  const evaluations = createEvaluations({
    ...{ index, appState, reporter, log, now, uptime, random },
    ports: evaluationPorts,
  })
  const openCluster = createClusterOpener({
    ...{ index, appState, reporter, clusterReports, slice, now, uptime, random, staleAfterMs, log },
    ...{ connect: ports.connect, redactionKey: ports.redactionKey, savedLive, evaluationPorts },
    ...{ library: createSchemaLibrary(), unread: new UnreadBuffers() },
    admission: createClusterAdmission(),
    queue: evaluations.queue,
  })
  const reconciler = createAppReconciler({
    ...{ appStates, index, saved, journaled, reporter, now },
    queue: evaluations.queue,
    cluster: clusters.get,
    refreshAll: evaluations.refreshAll,
    forgetRemotes: (id) => remotes.keep(id, []),
  })
  const reportInventory = createInventoryReports(emit)
  const sourceReports = createSourceReports(publisher, now)
  const ticking = startTick({
    ...{ clusters, clusterReports, sourceReports, repositories, evaluations, reporter },
    ...{ timedApps, emit, log, now, uptime },
  })
  const passes = startPasses({
    ...{ repositories, clusters, evaluations, reporter, publisher, slice, now },
    apps: () => appStates.values(),
    schedule: settings.schedule,
  })

  return {
    reconcile(inventory) {
      clusters.reconcile(inventory.clusters)
      remotes.configure(inventory.resolveRemote)
      const { removed } = repositories.configure(inventory.repositories)
      reconciler.reconcile(inventory)
      reportInventory(inventory, removed)
      clusterReports.tick(clusters.all())
      sourceReports.set(inventory.sources ?? [])
      reporter.inventoryKnown((inventory.incomplete ?? []).length === 0)
    },
    pass: passes.pass,
    connector: (name) => clusters.get(name)?.connector,
    ...createQueries(appStates, evaluationPorts),
    async close() {
      ticking.stop()
      await passes.stop()
      const writeLive = await saveLive(ports, clusters.all(), index)
      stopped.abort()
      repositories.close()
      await clusters.close()
      await publisher.flush().then(ports.journal.flush).then(writeLive)
    },
  }
}
