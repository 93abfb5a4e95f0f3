import type { Problem } from '../../model/apps/inventory.ts'
import type { AppReport, ClusterReport } from '../../model/fleet.ts'
import { OBJECT_STATES } from '../../model/verdicts/difference.ts'
import { SYNC_STATUSES, type Verdict } from '../../model/verdicts/verdict.ts'
import { visibleText } from '../../model/visible-text.ts'
import { appText, faultTexts, type Occurrence, warningLines } from './fault-text.ts'
import { textTable } from './text-table.ts'

/** Warnings of one app, or of one cluster, that are printed; JSON has all of them. */
const WARNINGS_LIMIT = 5

/** `check`'s table: a line for each app, then failures, warnings and totals. */
export function verdictTable(
  reports: readonly AppReport[],
  problems: readonly Problem[],
  clusters: readonly ClusterReport[],
): string {
  const rows = reports.map(({ summary, verdict }) => [
    summary.name,
    summary.destination,
    verdict.outcome.status,
    whyText(verdict),
    objectsText(verdict),
  ])
  const unknown = reports.flatMap((report): readonly Occurrence[] => {
    const { outcome } = report.verdict
    return outcome.status === 'Unknown' ? [{ failure: outcome.reason, app: appText(report) }] : []
  })
  const failures = faultTexts([...unknown, ...problems.map((problem) => ({ failure: problem.failure, problem }))])
  const warnings = [...warningLines(warningsOf(reports, clusters)), ...reports.flatMap(moreWarnings)]
    .map((line) => `warning: ${line}\n`)
    .join('')
  return [
    textTable(['APP', 'CLUSTER', 'STATUS', 'WHY', 'OBJECTS'], rows),
    ...failures.map((text) => `${text}\n`),
    ...(warnings === '' ? [] : [warnings]),
    `${sumText(reports)}\n`,
  ].join('\n')
}

function whyText({ outcome }: Verdict): string {
  switch (outcome.status) {
    case 'Synced':
      return ''
    case 'OutOfSync':
      return outcome.cause
    case 'Unknown':
      return outcome.reason.code
    default:
      return outcome satisfies never
  }
}

function warningsOf(reports: readonly AppReport[], clusters: readonly ClusterReport[]): readonly Occurrence[] {
  return [
    ...clusters.flatMap(({ status: { name, warnings = [] } }) =>
      warnings.slice(0, WARNINGS_LIMIT).map((failure) => ({ failure, subject: `cluster ${name}` })),
    ),
    ...reports.flatMap((report) =>
      report.verdict.warnings.slice(0, WARNINGS_LIMIT).map((failure) => ({ failure, app: appText(report) })),
    ),
  ]
}

function moreWarnings(report: AppReport): readonly string[] {
  const more = report.verdict.warnings.length - WARNINGS_LIMIT
  return more > 0 ? [`app ${visibleText(appText(report))}: ${more} more, see --output json`] : []
}

function objectsText({ outcome, objectCounts }: Verdict): string {
  if (outcome.status === 'Synced' && OBJECT_STATES.every((state) => objectCounts[state] === 0)) return 'no objects'
  return OBJECT_STATES.filter((state) => objectCounts[state] > 0)
    .map((state) => `${objectCounts[state]} ${state}`)
    .join(', ')
}

function sumText(reports: readonly AppReport[]): string {
  const counts = SYNC_STATUSES.map((status) => {
    const count = reports.filter(({ verdict }) => verdict.outcome.status === status).length
    return `${count} ${status}`
  })
  return `${reports.length} ${reports.length === 1 ? 'app' : 'apps'}: ${counts.join(', ')}`
}
