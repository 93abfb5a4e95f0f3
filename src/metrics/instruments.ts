import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Measurement } from '../model/fleet.ts'
import { registerEventLoopLag } from './event-loop-lag.ts'
import type { ExpositionFormat } from './exposition/exposition-format.ts'
import { type CreatedOf, registryText } from './exposition/registry-text.ts'
import type { IsExported } from './families/exported.ts'
import { INSTRUMENT_FAMILIES, type InstrumentName } from './families/exporter.ts'
import type { InstrumentFamily } from './families/family.ts'

/** Metrics about the exporter itself, with the process and runtime metrics of prom-client. */
export interface Instruments {
  set(name: InstrumentName, labels: Readonly<Record<string, string>>, value: number): void
  observe(name: InstrumentName, labels: Readonly<Record<string, string>>, value: number): void
  /** @throws RangeError when the catalogue has no such metric, or not with these labels or this action */
  apply(measurement: Measurement): void
  /** A histogram is there from 0, so that the first observation is an increase. */
  zero(name: InstrumentName, labels: Readonly<Record<string, string>>): void
  /** Drops the series with these labels: their subject is gone. */
  remove(name: InstrumentName, labels: Readonly<Record<string, string>>): void
  text(format: ExpositionFormat): Promise<string>
  close(): void
}

/** Gauges of prom-client that end in `_total`, as only counters may. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** The longest that a timer can wait: `event-loop-lag.ts` measures it. */
const NEVER_MS = 2 ** 31 - 1

/** @param createdTimestamps whether OpenMetrics says since when counters and histograms count */
export function createInstruments(isExported: IsExported, createdTimestamps = false): Instruments {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS })
  const stopLag = registerEventLoopLag(registry)
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  const metrics = new Map<string, Counter | Gauge | Histogram>()
  for (const family of INSTRUMENT_FAMILIES) metrics.set(family.name, register(family, registry))

  /** What is not in it counts since the process began. */
  const created = new Map<string, number>()
  const keyOf = (name: string, labels: Readonly<Record<string, string>>): string =>
    JSON.stringify([name, ...Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1))])
  const createdOf: CreatedOf = (name, labels) => created.get(keyOf(name, labels)) ?? performance.timeOrigin / 1000

  function begins(name: string, labels: Readonly<Record<string, string>>): void {
    if (!createdTimestamps) return
    const key = keyOf(name, labels)
    if (!created.has(key)) created.set(key, Date.now() / 1000)
  }

  function metric(name: string): Counter | Gauge | Histogram {
    const found = metrics.get(name)
    if (found === undefined) throw new RangeError(`the catalogue has no instrument ${name}`)
    return found
  }

  function apply({ metric: name, labels, action, value }: Measurement): void {
    checkLabels(name, labels)
    const found = metric(name)
    if (action !== 'set') begins(name, labels)
    if (action === 'increment' && found instanceof Counter) found.inc(labels, value)
    else if (action === 'set' && found instanceof Gauge) found.set(labels, value)
    else if (action === 'observe' && found instanceof Histogram) found.observe(labels, value)
    else throw new RangeError(`${name} has no action ${action}`)
  }

  return {
    apply,
    set: (name, labels, value) => apply({ metric: name, labels, action: 'set', value }),
    observe: (name, labels, value) => apply({ metric: name, labels, action: 'observe', value }),
    zero(name, labels) {
      checkLabels(name, labels)
      const found = metric(name)
      begins(name, labels)
      if (found instanceof Histogram) found.zero(labels)
    },
    remove(name, labels) {
      created.delete(keyOf(name, labels))
      metric(name).remove(labels)
    },
    async text(format) {
      const metrics = await registry.getMetricsAsJSON()
      return registryText(
        metrics.filter(({ name }) => isExported(name)),
        format,
        createdTimestamps ? createdOf : undefined,
      )
    },
    close() {
      stopLag()
      registry.clear()
    },
  }
}

/** Refuses missing labels: without one the value would go to a separate series. */
function checkLabels(name: string, labels: Readonly<Record<string, string>>): void {
  const declared: readonly string[] = INSTRUMENT_FAMILIES.find((family) => family.name === name)?.labels ?? []
  const actual = Object.keys(labels)
  if (actual.length !== declared.length || actual.some((label) => !declared.includes(label)))
    throw new RangeError(`${name} has the labels [${declared.join(', ')}], not [${actual.join(', ')}]`)
}

function register(family: InstrumentFamily, registry: Registry): Counter | Gauge | Histogram {
  const shape = { name: family.name, help: family.help, labelNames: [...family.labels], registers: [registry] }
  switch (family.type) {
    case 'counter':
      return new Counter(shape)
    case 'gauge':
      return new Gauge(shape)
    case 'histogram':
      return new Histogram({ ...shape, buckets: [...(family.buckets ?? [])] })
    default:
      return family.type satisfies never
  }
}
