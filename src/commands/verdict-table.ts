import { OBJECT_STATES } from '../model/difference.ts'
import { failureText } from '../model/failure.ts'
import type { AppReport } from '../model/fleet.ts'
import type { Problem } from '../model/inventory.ts'
import { SYNC_STATUSES, type Verdict } from '../model/verdict.ts'
import { textTable } from './text-table.ts'

/** `check`'s table: a line an app, what could not be told, and the sum. */
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
  const failures = [...unknown, ...problems.map(({ failure }) => failure)]
  return [
    textTable(['APP', 'CLUSTER', 'STATUS', 'WHY', 'OBJECTS'], rows),
    ...failures.map((failure) => `${failureText(failure)}\n`),
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

function objectsText({ objectCounts }: Verdict): string {
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
