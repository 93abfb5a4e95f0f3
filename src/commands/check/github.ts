import { failurePosition } from '../../model/failure.ts'
import type { AppReport } from '../../model/fleet.ts'
import { isNoteworthy } from '../../model/verdicts/difference.ts'
import { visibleLines, visibleText } from '../../model/visible-text.ts'
import { differenceText } from '../../presentation/difference-text.ts'
import { objectName } from '../../presentation/object-text.ts'
import { appText } from '../output/fault-text.ts'
import { objectsText, sumText } from '../output/verdict-table.ts'
import type { CheckResult } from './check-result.ts'

/** Lines of one annotation: what is longer is cut on the page. */
const LINES_LIMIT = 20

/**
 * Commands of a GitHub workflow that annotate: an error for drift and for Unknown, a warning for a problem of discovery. GitHub shows ten of a
 * kind and step; the last line has the totals.
 */
export function githubText({ shown, all, problems }: CheckResult): string {
  const apps = shown.flatMap(annotation)
  const others = problems.map(({ subject, failure }) =>
    command('warning', { title: `${subject}: ${failure.code}` }, failure.message),
  )
  return `${[...apps, ...others].join('')}${sumText(all)}\n`
}

function annotation(report: AppReport): readonly string[] {
  const { verdict } = report
  const { outcome } = verdict
  switch (outcome.status) {
    case 'Synced':
      return []
    case 'OutOfSync': {
      const lines = verdict.objects
        .filter(isNoteworthy)
        .flatMap(({ key, state, differences }) => [
          `${objectName(key)}: ${state}`,
          ...differences.map((difference) => `  ${differenceText(difference)}`),
        ])
      const title = `${appText(report)}: OutOfSync (${outcome.cause})`
      return [command('error', { title }, [objectsText(verdict), ...lines.slice(0, LINES_LIMIT)].join('\n'))]
    }
    case 'Unknown': {
      const { reason } = outcome
      const position = failurePosition(reason)
      const { file, line, column } = reason
      const where = {
        ...(file !== undefined && { file }),
        ...(line !== undefined && { line: String(line) }),
        ...(column !== undefined && { col: String(column) }),
      }
      const title = `${appText(report)}: Unknown (${reason.code})`
      return [command('error', { ...where, title }, `${position === '' ? '' : `${position}: `}${reason.message}`)]
    }
    default:
      return outcome satisfies never
  }
}

/** A command is one line; whatever would end it, or a property of it, is written as the runner reads it back. */
function command(name: 'error' | 'warning', properties: Readonly<Record<string, string>>, message: string): string {
  const written = Object.entries(properties).map(([key, value]) => `${key}=${property(visibleText(value))}`)
  return `::${name} ${written.join(',')}::${data(visibleLines(message))}\n`
}

function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}
