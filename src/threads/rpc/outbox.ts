import type { FleetUpdate, Measurement } from '../../model/fleet.ts'

/** Receives a batch; resolves when it was taken in. */
export type DeliverUpdates = (batch: readonly FleetUpdate[]) => Promise<void>

/**
 * A receiving thread drains its port in one go, so what is sent at once stalls it at once: 10,000 verdicts 190 ms, acknowledged hundreds
 * 15 ms.
 */
const BATCH = 100
const MEASUREMENTS_PER_BATCH = 500

/** What is told to another thread, and when all of it has arrived. */
export interface Outbox {
  send(updates: readonly FleetUpdate[]): void
  /** Resolves when everything that was sent so far was taken in, samples apart. */
  delivered(): Promise<void>
}

/**
 * Sends updates in acknowledged batches. What is told anew before it was sent replaces what waits, so a slow receiver gets the last
 * state and no backlog.
 */
export function createOutbox(deliver: DeliverUpdates): Outbox {
  const waiting = new Map<string, FleetUpdate>()
  let measurements: Measurement[] = []
  let sending = false
  let taken = 0
  let delivered = 0
  let expected: { readonly count: number; readonly resolve: () => void }[] = []

  function takeBatch(): readonly FleetUpdate[] {
    const batch: FleetUpdate[] = []
    for (const [subject, update] of waiting) {
      if (batch.length === BATCH) break
      waiting.delete(subject)
      batch.push(update)
      taken += 1
    }
    if (measurements.length > 0) {
      batch.push({ type: 'measurements', measurements: measurements.slice(0, MEASUREMENTS_PER_BATCH) })
      measurements = measurements.slice(MEASUREMENTS_PER_BATCH)
    }
    return batch
  }

  async function sendAll(): Promise<void> {
    sending = true
    while (waiting.size + measurements.length > 0) {
      await deliver(takeBatch())
      delivered = taken
      for (const { count, resolve } of expected) if (count <= delivered) resolve()
      expected = expected.filter(({ count }) => count > delivered)
    }
    sending = false
  }

  return {
    send(updates) {
      for (const update of updates) {
        if (update.type === 'measurements') measurements = mergeMeasurements(measurements, update.measurements)
        else waiting.set(subjectOf(update), update)
      }
      if (!sending && waiting.size + measurements.length > 0) void sendAll()
    },
    delivered() {
      // What waits goes in the order in which it came, and what comes now behind it.
      const count = taken + waiting.size
      if (count <= delivered) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      expected.push({ count, resolve })
      return promise
    },
  }
}

function subjectOf(update: Exclude<FleetUpdate, { type: 'measurements' }>): string {
  switch (update.type) {
    case 'app':
      return `app ${update.report.summary.id}`
    case 'appGone':
      return `app ${update.app}`
    case 'cluster':
      return `cluster ${update.report.status.name}`
    case 'clusterGone':
      return `cluster ${update.name}`
    case 'repository':
      return `repository ${update.status.repository}`
    case 'repositoryGone':
      return `repository ${update.repository}`
    case 'problems':
      return 'problems'
    case 'applicationSets':
      return 'applicationSets'
    case 'pass':
      return update.first ? 'first pass' : 'pass'
    default:
      return update satisfies never
  }
}

/** Counters add up and gauges keep the last value; only what is observed must be told one by one. */
function mergeMeasurements(known: readonly Measurement[], added: readonly Measurement[]): Measurement[] {
  const merged = new Map<string, Measurement>()
  const observed: Measurement[] = []
  for (const measurement of [...known, ...added]) {
    if (measurement.action === 'observe') {
      observed.push(measurement)
      continue
    }
    const series = `${measurement.action} ${measurement.metric} ${JSON.stringify(measurement.labels)}`
    const before = measurement.action === 'increment' ? (merged.get(series)?.value ?? 0) : 0
    merged.set(series, { ...measurement, value: before + measurement.value })
  }
  return [...merged.values(), ...observed]
}
