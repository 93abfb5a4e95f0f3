import { readConfigRules } from '../ignore-rules/config.ts'
import { pointerError } from '../kubernetes/json-pointer.ts'
import type { IgnoreRule, OperationalMark } from '../model/apps/policy.ts'
import type { ComparingSettings } from '../model/settings.ts'
import type { ParseContext } from './parse-context.ts'
import type { ConfigFile, IgnoreRuleFile, OperationalMarkFile } from './schema.ts'

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
  const { rules: read, problems } = readConfigRules(rules ?? [])
  for (const { at, message } of problems) context.reportIssue([pointer, ...at].join('/'), message)
  return read
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
  const message = pointerError(path)
  if (message !== undefined) context.reportIssue(pointer, message)
}
