import { ERRORS } from '../../model/errors.ts'
import { isNoteworthy } from '../../model/verdicts/difference.ts'
import { visibleText } from '../../model/visible-text.ts'
import { differenceText } from '../../presentation/difference-text.ts'
import { objectName } from '../../presentation/object-text.ts'
import { objectsText, sumText, whyText } from '../output/verdict-table.ts'
import type { CheckResult } from './check-result.ts'

/** Differences that are told of one app: a comment has a size. */
const DIFFERENCES_LIMIT = 20
/** Apps whose differences are told. */
const APPS_LIMIT = 50

/** A comment of a pull request, or the summary of a job: the table, what differs of each app, and the problems. */
export function markdownText({ shown, all, problems }: CheckResult): string {
  const rows = shown.map(({ summary, verdict }) =>
    row([
      code(summary.name),
      code(summary.destination),
      verdict.outcome.status,
      code(whyText(verdict)),
      objectsText(verdict),
    ]),
  )
  const table = [row(['App', 'Cluster', 'Status', 'Why', 'Objects']), row(['---', '---', '---', '---', '---']), ...rows]
  const drifted = shown.filter(({ verdict }) => verdict.outcome.status !== 'Synced')
  const parts = drifted.slice(0, APPS_LIMIT).map(({ summary, verdict }) => {
    const { outcome } = verdict
    const reason =
      outcome.status === 'Unknown'
        ? [`- ${outcome.reason.code}: ${code(outcome.reason.message)}. ${ERRORS[outcome.reason.code].action}`]
        : []
    const lines = verdict.objects
      .filter(isNoteworthy)
      .flatMap(({ key, state, differences }) => [
        ...(differences.length === 0 ? [`- ${code(objectName(key))}: ${state}`] : []),
        ...differences.map((difference) => `- ${code(objectName(key))}: ${code(differenceText(difference))}`),
      ])
    const more = lines.length > DIFFERENCES_LIMIT ? [`- and ${lines.length - DIFFERENCES_LIMIT} more`] : []
    const title = `**${code(summary.name)} in ${code(summary.destination)}**`
    return [title, '', ...reason, ...lines.slice(0, DIFFERENCES_LIMIT), ...more].join('\n')
  })
  const others =
    drifted.length > APPS_LIMIT ? [`What differs of ${drifted.length - APPS_LIMIT} more apps is left out.`] : []
  const faults = problems.map(
    ({ subject, failure }) => `- ${code(subject)}: ${code(failure.message)} (${failure.code})`,
  )
  const sections = [
    table.join('\n'),
    ...parts,
    ...others,
    ...(faults.length === 0 ? [] : [faults.join('\n')]),
    sumText(all),
  ]
  return `${sections.join('\n\n')}\n`
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/**
 * Text from outside as code, in which nothing is a structure of Markdown or of HTML: all but what is plain is written as a number. Pipes
 * and backticks cannot be quoted in a table in every case, and names would be taken for mentions.
 */
export function code(text: string): string {
  if (text === '') return ''
  const plain = visibleText(text).replace(/[^\p{L}\p{N} ./,=-]/gu, (character) => `&#${character.codePointAt(0)};`)
  return `<code>${plain}</code>`
}
