import type { MetricObjectWithValues, MetricValue, MetricValueWithName } from 'prom-client'
import { bucketText, type ExpositionFormat, headerText } from './exposition-format.ts'
import { labelValueText, sampleLine } from './series-text.ts'

type Metric = MetricObjectWithValues<MetricValue<string>>
/** Since when a series is counted, Unix seconds. */
export type CreatedOf = (metric: string, labels: Readonly<Record<string, string>>) => number

/**
 * Metrics of a prom-client registry in either format: its own `metrics()` knows only the one it was made for.
 * @param createdOf absent: nothing is said of it; the text format has no place for it
 */
export function registryText(metrics: readonly Metric[], format: ExpositionFormat, createdOf?: CreatedOf): string {
  const known = format === 'openmetrics' ? createdOf : undefined
  return metrics.map((metric) => metricText(metric, format, known)).join('')
}

function metricText(metric: Metric, format: ExpositionFormat, createdOf: CreatedOf | undefined): string {
  const type = String(metric.type)
  if (type !== 'gauge' && type !== 'counter' && type !== 'histogram')
    throw new TypeError(`metric ${metric.name} is a ${type}`)
  const lines = metric.values.map((sample) => {
    const labels = Object.entries(sample.labels).map(([name, value]) => {
      const text = name === 'le' ? bucketText(Number(value === '+Inf' ? Infinity : value), format) : String(value)
      return `${name}="${labelValueText(text)}"`
    })
    const name = sampleName(sample) ?? metric.name
    const line = sampleLine(name, labels.join(','), sample.value)
    const base = createdOf === undefined ? undefined : countedName(name, type)
    if (createdOf === undefined || base === undefined) return line
    const texts = Object.fromEntries(Object.entries(sample.labels).map(([label, value]) => [label, String(value)]))
    return line + sampleLine(`${base}_created`, labels.join(','), createdOf(metric.name, texts))
  })
  return headerText({ name: metric.name, type, help: metric.help }, format) + lines.join('')
}

/** `_created` stands behind the last sample of a counter or a histogram, under the name of the family. */
function countedName(sample: string, type: string): string | undefined {
  const end = { counter: '_total', histogram: '_count' }[type]
  return end !== undefined && sample.endsWith(end) ? sample.slice(0, -end.length) : undefined
}

/** prom-client names the samples of histograms and summaries (`_bucket`, `_sum`, `_count`) one by one. */
function sampleName(sample: MetricValue<string> | MetricValueWithName<string>): string | undefined {
  return 'metricName' in sample ? sample.metricName : undefined
}
