import type { MetricObjectWithValues, MetricValue, MetricValueWithName } from 'prom-client'
import { bucketText, type ExpositionFormat, headerText } from './exposition-format.ts'
import { labelValueText, sampleLine } from './series-text.ts'

type Metric = MetricObjectWithValues<MetricValue<string>>

/** Metrics of a prom-client registry in either format: its own `metrics()` knows only the one it was made for. */
export function registryText(metrics: readonly Metric[], format: ExpositionFormat): string {
  return metrics.map((metric) => metricText(metric, format)).join('')
}

function metricText(metric: Metric, format: ExpositionFormat): string {
  const type = String(metric.type)
  if (type !== 'gauge' && type !== 'counter' && type !== 'histogram')
    throw new TypeError(`metric ${metric.name} is a ${type}`)
  const lines = metric.values.map((sample) => {
    const labels = Object.entries(sample.labels).map(([name, value]) => {
      const text = name === 'le' ? bucketText(Number(value === '+Inf' ? Infinity : value), format) : String(value)
      return `${name}="${labelValueText(text)}"`
    })
    return sampleLine(sampleName(sample) ?? metric.name, labels.join(','), sample.value)
  })
  return headerText({ name: metric.name, type, help: metric.help }, format) + lines.join('')
}

/** prom-client names the samples of histograms and summaries (`_bucket`, `_sum`, `_count`) one by one. */
function sampleName(sample: MetricValue<string> | MetricValueWithName<string>): string | undefined {
  return 'metricName' in sample ? sample.metricName : undefined
}
