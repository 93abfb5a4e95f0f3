import type { SchemaIndex } from '../../src/kubernetes/schema/schema-index.ts'
import { type AccuracyCase, accuracySchemas, builtinOnly, readAccuracyCases } from './accuracy-cases.ts'
import { judgeCase, type Outcome } from './judge-case.ts'

const OUTCOMES: readonly Outcome[] = ['right', 'false positive', 'false negative', 'wrong class', 'wrong path']

/** Prints how the comparison does on the dataset, by group; exit code 1 when anything is wrong with the cluster's schemas. */
function main(): void {
  const cases = readAccuracyCases()
  const schemas = accuracySchemas()
  const builtin = builtinOnly()
  console.log("with the cluster's schemas")
  const wrong = table(cases, ({ app }) => schemas(app))
  console.log('\nwith the built-in table only')
  table(cases, () => builtin)
  process.exitCode = wrong === 0 ? 0 : 1
}

function table(cases: readonly AccuracyCase[], schemasOf: (accuracyCase: AccuracyCase) => SchemaIndex): number {
  const counts = new Map<string, Map<Outcome, number>>()
  const wrong: string[] = []
  for (const accuracyCase of cases) {
    const { outcome, differences } = judgeCase(accuracyCase, schemasOf(accuracyCase))
    const row = `${accuracyCase.group} (${accuracyCase.manner})`
    const byOutcome = counts.get(row) ?? new Map<Outcome, number>()
    byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + 1)
    counts.set(row, byOutcome)
    const found = differences.map((difference) => `${difference.class} ${difference.path}`).join(', ')
    if (outcome !== 'right') wrong.push(`${outcome}: ${accuracyCase.id}: ${found || 'nothing'}`)
  }
  console.log([''.padEnd(24), ...OUTCOMES.map((outcome) => outcome.padStart(15))].join(''))
  for (const [row, byOutcome] of [...counts].sort())
    console.log(
      [row.padEnd(24), ...OUTCOMES.map((outcome) => String(byOutcome.get(outcome) ?? 0).padStart(15))].join(''),
    )
  for (const line of wrong) console.log(line)
  return wrong.length
}

main()
