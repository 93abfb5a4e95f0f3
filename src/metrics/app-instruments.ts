import type { AppReport, AppSummary } from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import { omittedObjects } from './families/drifted-objects.ts'
import type { Instruments } from './instruments.ts'

/** Instruments that depend on which apps there are. */
export interface AppInstruments {
  set(report: AppReport): void
  delete(app: AppId): void
}

export function createAppInstruments(instruments: Instruments): AppInstruments {
  const omitted = new Map<AppId, number>()
  let omittedSum = 0
  const lagSeries = new Set<string>()
  instruments.set('gitops_drifted_objects_omitted', {}, 0)

  /** Before the first commit arrives: an app is always told before what was measured of it. */
  function beginSyncLag({ controller, project, destination }: AppSummary): void {
    const labels = { controller, project, dest_cluster: destination }
    const key = JSON.stringify(labels)
    if (lagSeries.has(key)) return
    lagSeries.add(key)
    instruments.zero('gitops_sync_lag_seconds', labels)
  }

  function countOmitted(app: AppId, count: number): void {
    omittedSum += count - (omitted.get(app) ?? 0)
    if (count === 0) omitted.delete(app)
    else omitted.set(app, count)
    instruments.set('gitops_drifted_objects_omitted', {}, omittedSum)
  }

  return {
    set(report) {
      beginSyncLag(report.summary)
      countOmitted(report.summary.id, omittedObjects(report))
    },
    delete: (app) => countOmitted(app, 0),
  }
}
