import type { BenchResult } from './result.ts'

export interface BenchGroup {
  readonly name: string
  readonly results: readonly BenchResult[]
}

/** What profiles showed is written by hand, at the end of the page, and stays. */
const BY_HAND = 'Where the time of a fleet goes'

/**
 * bench/RESULTS.md: the sections of `groups`, and of the page before those of other benches and what is written by hand.
 * @param benches all that there are: a section of one that is no more goes
 */
export function resultsPage(
  groups: readonly BenchGroup[],
  machine: string,
  before: string,
  benches: readonly string[],
): string {
  const kept = before
    .split(/^(?=## )/m)
    .slice(1)
    .map((text) => ({ name: text.slice(3, text.indexOf('\n')), text: text.trimEnd() }))
  const sections = new Map(kept.filter(({ name }) => benches.includes(name)).map(({ name, text }) => [name, text]))
  for (const { name, results } of groups)
    sections.set(name, `## ${name}\n\n${results.map((result) => `${resultText(result)}\n`).join('\n')}`.trimEnd())
  const parts = [...sections].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
  const byHand = kept.find(({ name }) => name === BY_HAND)
  if (byHand !== undefined) parts.push(byHand.text)
  return `# Results of \`npm run bench\`

Medians, each section of one run, on: ${machine}. Times differ from machine to machine and from hour to hour; ratios, taken side by side in one run,
are what can be compared.

${parts.join('\n\n')}
`
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
