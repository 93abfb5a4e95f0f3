import type { Family } from '../families/family.ts'

export type ExpositionFormat = 'text' | 'openmetrics'

/** Prometheus' text format 0.0.4, and OpenMetrics 1.0.0. */
export const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<ExpositionFormat, string>

export const OPENMETRICS_END = '# EOF\n'

/** HELP and TYPE, and in OpenMetrics UNIT, of one family. OpenMetrics names counters without their `_total`. */
export function headerText(family: Pick<Family, 'name' | 'type' | 'help'>, format: ExpositionFormat): string {
  const { name, type, help } = family
  switch (format) {
    case 'text':
      return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
    case 'openmetrics': {
      const base = type === 'counter' ? name.replace(/_total$/, '') : name
      const unit = /_(seconds|bytes)$/.exec(base)?.[1]
      const unitLine = unit === undefined ? '' : `# UNIT ${base} ${unit}\n`
      return `# HELP ${base} ${escapeHelp(help).replaceAll('"', '\\"')}\n# TYPE ${base} ${type}\n${unitLine}`
    }
    default:
      return format satisfies never
  }
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** The upper bound of a bucket: OpenMetrics writes `1.0` where the text format writes `1`. */
export function bucketText(bound: number, format: ExpositionFormat): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf'
  return format === 'openmetrics' && Number.isInteger(bound) ? `${bound}.0` : String(bound)
}
