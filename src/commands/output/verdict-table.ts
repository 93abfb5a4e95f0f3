import type { Problem } from '../../model/apps/inventory.ts'
import type { AppReport, ClusterReport } from '../../model/fleet.ts'
import { CAUSES } from '../../model/verdicts/cause.ts'
import { OBJECT_STATES } from '../../model/verdicts/difference.ts'
import { SYNC_STATUSES, type Verdict } from '../../model/verdicts/verdict.ts'
import { visibleText } from '../../model/visible-text.ts'
import { appText, faultTexts, type Occurrence, warningLines } from './fault-text.ts'

/** Warnings of one app, or of one cluster, that are printed; JSON has all of them. */
const WARNINGS_LIMIT = 5

/** The widest status. */
const STATUS_WIDTH = Math.max(...SYNC_STATUSES.map((status) => status.length))
/** Of the causes; a code of an error runs over. */
const WHY_WIDTH = Math.max(...CAUSES.map((cause) => cause.length))

/** The lines of `check`'s table, whose columns are as wide as the apps need that are going to be in it. */
export interface VerdictLines {
  readonly header: string
  line(report: AppReport): string
}

export function verdictLines(apps: readonly Pick<AppReport['summary'], 'name' | 'destination'>[]): VerdictLines {
  const width = (title: string, texts: readonly string[]): number =>
    Math.max(title.length, ...texts.map((text) => visibleText(text).length))
  const widths = [
    width(
      'APP',
      apps.map(({ name }) => name),
    ),
    width(
      'CLUSTER',
      apps.map(({ destination }) => destination),
    ),
    STATUS_WIDTH,
    WHY_WIDTH,
  ]
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, column) => visibleText(cell).padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`
  return {
    header: line(['APP', 'CLUSTER', 'STATUS', 'WHY', 'OBJECTS']),
    line: ({ summary, verdict }) =>
      line([summary.name, summary.destination, verdict.outcome.status, whyText(verdict), objectsText(verdict)]),
  }
}

/**
 * What stands below the table: failures, warnings and totals.
 * @param shown those of the table; the totals are of all
 */
export function verdictSummary(
  shown: readonly AppReport[],
  all: readonly AppReport[],
  problems: readonly Problem[],
  clusters: readonly ClusterReport[],
): string {
  const unknown = shown.flatMap((report): readonly Occurrence[] => {
    const { outcome } = report.verdict
    return outcome.status === 'Unknown' ? [{ failure: outcome.reason, app: appText(report) }] : []
  })
  const failures = faultTexts([...unknown, ...problems.map((problem) => ({ failure: problem.failure, problem }))])
  const warnings = [...warningLines(warningsOf(shown, clusters)), ...shown.flatMap(moreWarnings)]
    .map((line) => `warning: ${line}\n`)
    .join('')
  return ['', ...failures.map((text) => `${text}\n`), ...(warnings === '' ? [] : [warnings]), `${sumText(all)}\n`].join(
    '\n',
  )
}

/** `live`, `git` or `both`; of Unknown the code of its reason; '' of Synced. */
export function whyText({ outcome }: Verdict): string {
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

/** `2 synced, 1 changed`. */
export function objectsText({ outcome, objectCounts }: Verdict): string {
  if (outcome.status === 'Synced' && OBJECT_STATES.every((state) => objectCounts[state] === 0)) return 'no objects'
  return OBJECT_STATES.filter((state) => objectCounts[state] > 0)
    .map((state) => `${objectCounts[state]} ${state}`)
    .join(', ')
}

/** `3 apps: 1 Synced, 2 OutOfSync, 0 Unknown`. */
export function sumText(reports: readonly AppReport[]): string {
  const counts = SYNC_STATUSES.map((status) => {
    const count = reports.filter(({ verdict }) => verdict.outcome.status === status).length
    return `${count} ${status}`
  })
  return `${reports.length} ${reports.length === 1 ? 'app' : 'apps'}: ${counts.join(', ')}`
}
