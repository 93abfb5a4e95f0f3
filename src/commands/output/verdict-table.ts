import type { Problem } from '../../model/apps/inventory.ts'
import { failureLine, failureText } from '../../model/failure.ts'
import type { AppReport } from '../../model/fleet.ts'
import { OBJECT_STATES } from '../../model/verdicts/difference.ts'
import { SYNC_STATUSES, type Verdict } from '../../model/verdicts/verdict.ts'
import { problemText } from './problem-text.ts'
import { textTable } from './text-table.ts'

/** Warnings of one app that are printed; JSON has all of them. */
const WARNINGS_LIMIT = 5

/** `check`'s table: a line for each app, then failures, warnings and totals. */
export function verdictTable(reports: readonly AppReport[], problems: readonly Problem[]): string {
  const rows = reports.map(({ summary, verdict }) => [
    summary.name,
    summary.destination,
    verdict.outcome.status,
    whyText(verdict),
    objectsText(verdict),
  ])
  const unknown = reports.flatMap(({ summary, verdict }) =>
    verdict.outcome.status === 'Unknown'
      ? [{ ...verdict.outcome.reason, app: `${summary.name} in ${summary.destination}` }]
      : [],
  )
  const failures = [...unknown.map(failureText), ...problems.map(problemText)]
  const warnings = reports.map(warningsText).join('')
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

function warningsText({ summary, verdict: { warnings } }: AppReport): string {
  const app = `${summary.name} in ${summary.destination}`
  const lines = warnings.slice(0, WARNINGS_LIMIT).map((warning) => `warning: ${failureLine({ ...warning, app })}\n`)
  const more = warnings.length - lines.length
  return lines.join('') + (more > 0 ? `warning: app ${app}: ${more} more, see --output json\n` : '')
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
