import { failureText } from '../model/failure.ts'
import { groupKindText, type ObjectKey } from '../model/object.ts'
import type { ObjectVerdict } from '../model/verdicts/difference.ts'
import { visibleLines, visibleText } from '../model/visible-text.ts'
import { differenceText } from './difference-text.ts'
import { yamlDiff } from './yaml-diff.ts'

const RED = '\u001b[31m'
const GREEN = '\u001b[32m'
const BOLD = '\u001b[1m'
/** Beside `extra`. */
export const NOT_PRUNED = ' (left: its controller does not prune)'
const RESET = '\u001b[0m'

/** `Deployment.apps shop/web`. */
export function objectName(key: ObjectKey): string {
  return `${groupKindText(key)} ${key.namespace === '' ? '' : `${key.namespace}/`}${key.name}`
}

/** What differs of one object, for a terminal or a log: its name and state, a line a difference, and a unified YAML diff. */
export function objectText(verdict: ObjectVerdict, options: { readonly color: boolean }): string {
  const paint = (text: string, color: string) => (options.color ? `${color}${text}${RESET}` : text)
  const { key, state, effect, differences, reason, invalidFields = [], ownershipUnknown } = verdict
  const head = paint(
    `===== ${visibleText(objectName(key))} ===== ${state}${effect === undefined ? '' : NOT_PRUNED}`,
    BOLD,
  )
  const why = reason === undefined ? [] : [failureText(reason)]
  const lines = differences.map((difference) => `  ${visibleLines(differenceText(difference))}`)
  const invalid = invalidFields.map((path) => `  declared, but unknown to the server: ${visibleLines(path)}`)
  const unjudged =
    ownershipUnknown === true
      ? ['  managedFields are not there, or say nothing of it: what was added by hand is not judged']
      : []
  const diff = yamlDiff(differences).map(({ sign, text }) => {
    const line = visibleLines(`${sign}${text}`)
    return sign === ' ' ? line : paint(line, sign === '-' ? RED : GREEN)
  })
  const sides = diff.length === 0 ? [] : [paint('--- live', RED), paint('+++ declared', GREEN)]
  return `${[head, ...why, ...lines, ...invalid, ...unjudged, ...sides, ...diff].join('\n')}\n`
}
