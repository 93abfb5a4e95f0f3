import type { BenchResult } from './result.ts'

export interface BenchGroup {
  readonly name: string
  readonly results: readonly BenchResult[]
}

/** bench/RESULTS.md. */
export function resultsPage(groups: readonly BenchGroup[], machine: string): string {
  const parts = groups.map(
    ({ name, results }) => `## ${name}\n\n${results.map((result) => `${resultText(result)}\n`).join('\n')}`,
  )
  return `# Results of \`npm run bench\`

Medians of one run on: ${machine}. Times differ from machine to machine and from hour to hour; ratios, taken side by side in one run,
are what can be compared.

${parts.join('\n')}`
}

/** One result as a Markdown table with what belongs to it. */
export function resultText({ name, unit, rows, ratio, target, note }: BenchResult): string {
  const columns = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))]
  const hasGoals = rows.some(({ goal }) => goal !== undefined)
  const lines = rows.map(({ label, values, goal }) => {
    const cells = columns.map((column) => figure(values[column]))
    if (hasGoals) cells.push(goal === undefined ? '' : `${goal.text}: ${goal.met ? 'met' : 'MISSED'}`)
    return `| ${[label, ...cells].join(' | ')} |`
  })
  const after = [
    ratio === undefined ? undefined : `**${ratio.label}: ${figure(ratio.value)}**`,
    target === undefined ? undefined : `Target: ${target.text}: ${target.met ? 'met' : 'MISSED'}.`,
    note,
  ].filter((line) => line !== undefined)
  return [
    `### ${name}`,
    '',
    `| ${[unit, ...columns, ...(hasGoals ? ['goal'] : [])].join(' | ')} |`,
    `| --- |${' ---: |'.repeat(columns.length)}${hasGoals ? ' --- |' : ''}`,
    ...lines,
    ...after.map((line) => `\n${line}`),
    '',
  ].join('\n')
}

/** Rounded to three significant digits: such a measurement is no more exact. */
function figure(value: number | undefined): string {
  if (value === undefined) return ''
  const rounded = Number(value.toPrecision(3))
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 6 })
}
