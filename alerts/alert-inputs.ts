import type { GeneratedFile } from '../docs/generated-file.ts'
import { CATALOGUE } from '../src/metrics/catalogue.ts'
import { RECORD } from './promql.ts'
import { CONDITIONS_BY_NAME, RECORDING_RULES } from './recording-rules.ts'
import { ALERTS } from './rules.ts'

const METRICS = new Set(CATALOGUE.flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]))
const RECORDED = new Map(RECORDING_RULES.map(({ record, expr }) => [record, expr]))
const NAME = /[a-zA-Z_:][\w:]*/g

/** Which metrics an expression reads, recording rules followed. */
function inputsOf(expr: string, seen: ReadonlySet<string> = new Set()): readonly string[] {
  return [...expr.matchAll(NAME)].flatMap(([name]) => {
    const metric = name.replace(/_(?:bucket|sum|count)$/, '')
    if (METRICS.has(name)) return [CATALOGUE.some((one) => one.name === name) ? name : metric]
    const recorded = seen.has(name) ? undefined : RECORDED.get(name)
    if (recorded === undefined) return []
    return inputsOf(ofOneCondition(name, recorded, expr), new Set([...seen, name]))
  })
}

/** Several conditions share one recording rule: what an alert about one of them reads is not what the others do. */
function ofOneCondition(record: string, recorded: string, expr: string): string {
  if (record !== RECORD.condition) return recorded
  const [, condition = ''] = /condition="(\w+)"/.exec(expr) ?? []
  const own = CONDITIONS_BY_NAME.get(condition)
  return own === undefined ? recorded : `${own} and ${RECORD.status}`
}

/** For the exporter, which says what is lost where a metric is left out. */
export const alertInputs: GeneratedFile = {
  path: 'src/model/alert-inputs.ts',
  make: () => {
    const entries = [...Map.groupBy(ALERTS, ({ alert }) => alert)].map(([alert, rules]) => {
      const inputs = new Set(rules.flatMap(({ expr }) => inputsOf(expr)))
      return `  ['${alert}', [${quoted([...inputs].toSorted())}]],`
    })
    return `// Made from alerts by \`npm run generate\`.
// biome-ignore-all format: one line for each alert

/** The metrics that each shipped alert needs, recording rules followed. */
export const ALERT_INPUTS: ReadonlyMap<string, readonly string[]> = new Map([
${entries.join('\n')}
])
`
  },
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}
