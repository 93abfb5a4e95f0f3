import type { IgnoreRule, OperationalMark } from '../model/policy.ts'
import type { ComparingSettings } from '../model/settings.ts'
import type { ParseContext } from './parse-context.ts'
import type { ConfigFile, IgnoreRuleFile, OperationalMarkFile } from './schema.ts'

const ALTERNATIVES = ['jsonPointers', 'jqPathExpressions', 'managedFieldsManagers'] as const

export function readComparing(comparing: ConfigFile['comparing'], context: ParseContext): ComparingSettings {
  if (comparing.persons !== undefined && context.isWritten('/comparing/manualManagers'))
    context.reportIssue(
      '/comparing/persons',
      '"persons" is the former name of "manualManagers": write only one of them',
    )
  return {
    method: comparing.compare,
    added: comparing.added,
    addedByNobody: comparing.addedByNobody,
    operationalMarks: readMarks(comparing.operationalMarks, '/comparing/operationalMarks', context),
    secrets: comparing.secrets,
    manualManagers: comparing.persons ?? comparing.manualManagers,
    ignore: readIgnore(comparing.ignore, '/comparing/ignore', context),
  }
}

export function readIgnore(
  rules: readonly IgnoreRuleFile[] | undefined,
  pointer: string,
  context: ParseContext,
): readonly IgnoreRule[] {
  return (rules ?? []).map((rule, index) => {
    if (ALTERNATIVES.every((key) => rule[key] === undefined || rule[key].length === 0))
      context.reportIssue(`${pointer}/${index}`, `a rule needs one of ${ALTERNATIVES.join(', ')}`)
    for (const [position, path] of (rule.jsonPointers ?? []).entries())
      checkPointer(path, `${pointer}/${index}/jsonPointers/${position}`, context)
    return rule
  })
}

function readMarks(
  marks: readonly OperationalMarkFile[] | undefined,
  pointer: string,
  context: ParseContext,
): readonly OperationalMark[] {
  return (marks ?? []).flatMap(({ key, path, ...kinds }, index): OperationalMark[] => {
    if (path !== undefined) checkPointer(path, `${pointer}/${index}/path`, context)
    if (key !== undefined && path === undefined) return [{ ...kinds, key }]
    if (path !== undefined && key === undefined) return [{ ...kinds, path }]
    context.reportIssue(`${pointer}/${index}`, 'a mark needs either key or path')
    return []
  })
}

function checkPointer(path: string, pointer: string, context: ParseContext): void {
  if (!path.startsWith('/') || /~(?![01])/.test(path))
    context.reportIssue(pointer, 'a JSON pointer starts with "/" and escapes "~" as "~0"')
}
