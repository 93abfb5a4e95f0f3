import type { AppSummary, Fleet } from '../model/fleet.ts'
import type { DriftedObjectCap } from './drifted-object-cap.ts'
import type { Instruments } from './instruments.ts'

/** Instruments that depend on which apps there are. */
export interface AppInstruments {
  set(app: AppSummary): void
  /** What is counted over all apps, as it is now: before the instruments are read. */
  collect(): void
}

export function createAppInstruments(
  instruments: Instruments,
  cap: Pick<DriftedObjectCap, 'omitted'>,
  fleet: Pick<Fleet, 'destinations'>,
): AppInstruments {
  const lagSeries = new Set<string>()
  const destinations = new Set<string>()

  /** `gitops_apps_waiting`: there from 0 for every cluster that has apps, and gone with its last one. */
  function countWaiting(): void {
    for (const cluster of destinations) {
      if (fleet.destinations.has(cluster)) continue
      destinations.delete(cluster)
      instruments.remove('gitops_apps_waiting', { dest_cluster: cluster })
    }
    for (const [cluster, { waiting }] of fleet.destinations) {
      destinations.add(cluster)
      instruments.set('gitops_apps_waiting', { dest_cluster: cluster }, waiting)
    }
  }

  return {
    /** Before the first commit arrives: an app is always told before what was measured of it. */
    set({ controller, project, destination }) {
      const labels = { controller, project, dest_cluster: destination }
      const key = JSON.stringify(labels)
      if (lagSeries.has(key)) return
      lagSeries.add(key)
      instruments.zero('gitops_sync_lag_seconds', labels)
    },
    collect() {
      instruments.set('gitops_drifted_objects_omitted', {}, cap.omitted)
      countWaiting()
    },
  }
}
