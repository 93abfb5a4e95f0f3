import { type AppReport, type AppSummary, awaitsVerdict } from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import type { DriftedObjectCap } from './drifted-object-cap.ts'
import type { Instruments } from './instruments.ts'

/** Instruments that depend on which apps there are. */
export interface AppInstruments {
  set(report: AppReport): void
  delete(app: AppId): void
}

export function createAppInstruments(instruments: Instruments, cap: Pick<DriftedObjectCap, 'omitted'>): AppInstruments {
  const lagSeries = new Set<string>()
  const waiting = createWaitingApps(instruments)
  instruments.set('gitops_drifted_objects_omitted', {}, 0)

  /** Before the first commit arrives: an app is always told before what was measured of it. */
  function beginSyncLag({ controller, project, destination }: AppSummary): void {
    const labels = { controller, project, dest_cluster: destination }
    const key = JSON.stringify(labels)
    if (lagSeries.has(key)) return
    lagSeries.add(key)
    instruments.zero('gitops_sync_lag_seconds', labels)
  }

  function countOmitted(): void {
    instruments.set('gitops_drifted_objects_omitted', {}, cap.omitted)
  }

  return {
    set(report) {
      beginSyncLag(report.summary)
      countOmitted()
      waiting.set(report)
    },
    delete(app) {
      countOmitted()
      waiting.delete(app)
    },
  }
}

/** `gitops_apps_waiting`: there from 0 for every cluster that has apps, and gone with its last one. */
function createWaitingApps(instruments: Instruments): AppInstruments {
  const clusters = new Map<string, { readonly apps: Set<AppId>; readonly waiting: Set<AppId> }>()
  const clusterOf = new Map<AppId, string>()

  function publish(cluster: string, count: number | undefined): void {
    const labels = { dest_cluster: cluster }
    if (count === undefined) instruments.remove('gitops_apps_waiting', labels)
    else instruments.set('gitops_apps_waiting', labels, count)
  }

  function forget(app: AppId): void {
    const cluster = clusterOf.get(app)
    const known = cluster === undefined ? undefined : clusters.get(cluster)
    if (cluster === undefined || known === undefined) return
    clusterOf.delete(app)
    known.apps.delete(app)
    known.waiting.delete(app)
    if (known.apps.size === 0) clusters.delete(cluster)
    publish(cluster, known.apps.size === 0 ? undefined : known.waiting.size)
  }

  return {
    set(report) {
      const { id, destination } = report.summary
      if (clusterOf.get(id) !== destination) forget(id)
      const known = clusters.get(destination) ?? { apps: new Set(), waiting: new Set() }
      const isNew = known.apps.size === 0
      const before = known.waiting.size
      clusters.set(destination, known)
      clusterOf.set(id, destination)
      known.apps.add(id)
      if (awaitsVerdict(report)) known.waiting.add(id)
      else known.waiting.delete(id)
      if (isNew || known.waiting.size !== before) publish(destination, known.waiting.size)
    },
    delete: forget,
  }
}
