import type { FleetUpdate, Measurement } from '../../model/fleet.ts'

/** Receives a batch; resolves when it was processed. */
export type DeliverUpdates = (batch: readonly FleetUpdate[]) => Promise<void>

/**
 * A receiving thread processes all queued messages without a break: 10,000 verdicts at once block it for 190 ms,
 * acknowledged batches of a hundred for 15 ms.
 */
const BATCH = 100
const MEASUREMENTS_PER_BATCH = 500

/** Sends updates to another thread, and knows when all of them have arrived. */
export interface Outbox {
  send(updates: readonly FleetUpdate[]): void
  /** Resolves when every update that was sent so far was processed, measurements excepted. */
  delivered(): Promise<void>
}

/**
 * Sends updates in acknowledged batches. A newer update of the same subject replaces the waiting one, so a slow
 * receiver gets the latest state and no backlog.
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
        else {
          // It speaks of the apps that were told before it: it must not take the place of an older one.
          if (update.type === 'sources') waiting.delete(subjectOf(update))
          waiting.set(subjectOf(update), update)
        }
      }
      if (!sending && waiting.size + measurements.length > 0) void sendAll()
    },
    delivered() {
      // Updates are sent in order of arrival, so those that wait now are counted by `taken` first.
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
    case 'evaluated':
      // None takes the place of another: each tells of other apps.
      return `evaluated ${update.at} ${update.apps[0]}`
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
    case 'sources':
      return 'sources'
    default:
      return update satisfies never
  }
}

/** Increments are added up, and of gauges only the last value stays; observations are sent one by one. */
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
