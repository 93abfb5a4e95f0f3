import type { IgnoreRule } from '../model/policy.ts'
import type { ComparingSettings } from '../model/settings.ts'
import { DEFAULT_MANUAL_MANAGERS } from './default-managers.ts'
import type { Reading } from './reading.ts'
import type { ConfigFile, IgnoreRuleFile } from './schema.ts'

const WAYS = ['jsonPointers', 'jqPathExpressions', 'managedFieldsManagers'] as const

export function readComparing(comparing: ConfigFile['comparing'], reading: Reading): ComparingSettings {
  if (comparing?.manualManagers !== undefined && comparing.persons !== undefined)
    reading.complain('/comparing/persons', '"persons" is the former name of "manualManagers": write only one of them')
  return {
    method: comparing?.compare ?? 'client-side',
    added: comparing?.added ?? 'drift',
    secrets: comparing?.secrets ?? 'compare',
    manualManagers: comparing?.manualManagers ?? comparing?.persons ?? DEFAULT_MANUAL_MANAGERS,
    ignore: readIgnore(comparing?.ignore, '/comparing/ignore', reading),
  }
}

export function readIgnore(
  rules: readonly IgnoreRuleFile[] | undefined,
  pointer: string,
  reading: Reading,
): readonly IgnoreRule[] {
  return (rules ?? []).map((rule, index) => {
    if (WAYS.every((way) => rule[way] === undefined || rule[way].length === 0))
      reading.complain(`${pointer}/${index}`, `a rule needs one of ${WAYS.join(', ')}`)
    for (const [position, path] of (rule.jsonPointers ?? []).entries())
      if (!path.startsWith('/') || /~(?![01])/.test(path))
        reading.complain(
          `${pointer}/${index}/jsonPointers/${position}`,
          'a JSON pointer starts with "/" and escapes "~" as "~0"',
        )
    return rule
  })
}
