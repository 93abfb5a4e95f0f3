import type { FleetUpdate, Measurement } from '../../model/fleet.ts'

/** Receives a batch; resolves when it was processed. */
export type DeliverUpdates = (batch: readonly FleetUpdate[]) => Promise<void>

/**
 * A receiving thread processes all queued messages without a break: 10,000 verdicts at once block it for 190 ms, a batch of a
 * hundred for two.
 */
const BATCH = 100
/**
 * As many are sent before the first of them is acknowledged, if they are full. One by one, each would wait for a turn of a busy sender's event loop: 50,000
 * apps were told seven seconds later.
 */
const MOST_UNDER_WAY = 4
const MEASUREMENTS_PER_BATCH = 500

/** Sends updates to another thread, and knows when all of them have arrived. */
export interface Outbox {
  send(updates: readonly FleetUpdate[]): void
  /** Resolves when every update that was sent so far was processed, measurements excepted. */
  delivered(): Promise<void>
}

/**
 * Sends updates in acknowledged batches, one that is not full when nothing is under way. A newer update of the same subject replaces the
 * waiting one, so a slow receiver gets the latest state and no backlog.
 * @param deliver acknowledges in the order of its calls
 */
export function createOutbox(deliver: DeliverUpdates): Outbox {
  const waiting = new Map<string, FleetUpdate>()
  let measurements: Measurement[] = []
  let underWay = 0
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

  function mayDeliver(): boolean {
    if (underWay > 0) return underWay < MOST_UNDER_WAY && waiting.size >= BATCH
    return waiting.size + measurements.length > 0
  }

  async function deliverNext(): Promise<void> {
    underWay += 1
    const batch = takeBatch()
    const upTo = taken
    await deliver(batch)
    underWay -= 1
    delivered = upTo
    for (const { count, resolve } of expected) if (count <= delivered) resolve()
    expected = expected.filter(({ count }) => count > delivered)
    deliverAll()
  }

  function deliverAll(): void {
    while (mayDeliver()) void deliverNext()
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
      deliverAll()
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
