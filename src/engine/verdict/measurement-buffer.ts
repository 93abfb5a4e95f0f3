import type { Measurement } from '../../model/fleet.ts'
import type { SyncStatus } from '../../model/verdicts/verdict.ts'

/** Measurements until they are taken away: they go to the main thread in batches. */
export interface MeasurementBuffer {
  count(measurement: Measurement): void
  take(): readonly Measurement[]
}

export function createMeasurementBuffer(): MeasurementBuffer {
  let measurements: Measurement[] = []
  return {
    count(measurement) {
      const last = measurements.at(-1)
      const isMore =
        measurement.action === 'increment' && last?.action === 'increment' && last.labels === measurement.labels
      // A full pass counts one for each app.
      if (isMore && last.metric === measurement.metric)
        measurements.splice(-1, 1, { ...measurement, value: last.value + measurement.value })
      else measurements.push(measurement)
    },
    take() {
      const taken = measurements
      measurements = []
      return taken
    },
  }
}

const EVALUATED: Readonly<Record<SyncStatus, Measurement['labels']>> = {
  Synced: { sync_status: 'Synced' },
  OutOfSync: { sync_status: 'OutOfSync' },
  Unknown: { sync_status: 'Unknown' },
}

export function countEvaluation(count: MeasurementBuffer['count'], status: SyncStatus): void {
  count({ metric: 'gitops_evaluations_total', labels: EVALUATED[status], action: 'increment', value: 1 })
}
