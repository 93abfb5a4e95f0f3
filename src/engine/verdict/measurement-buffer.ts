import type { Measurement } from '../../model/fleet.ts'

/** Measurements until they are taken away: they go to the main thread in batches. */
export interface MeasurementBuffer {
  count(measurement: Measurement): void
  take(): readonly Measurement[]
}

export function createMeasurementBuffer(): MeasurementBuffer {
  let measurements: Measurement[] = []
  return {
    count: (measurement) => void measurements.push(measurement),
    take() {
      const taken = measurements
      measurements = []
      return taken
    },
  }
}
