import { pointerError } from '../kubernetes/json-pointer.ts'
import type { IgnoreRule } from '../model/apps/policy.ts'
import type { ParsedRules, RuleProblem } from './parsed-rules.ts'

const WHAT = ['jsonPointers', 'jqPathExpressions', 'managedFieldsManagers'] as const

/** `ignore` of the config file, whose schema has checked the shape already. */
export function readConfigRules(rules: readonly IgnoreRule[]): ParsedRules {
  return { rules, problems: rules.flatMap(problemsOf) }
}

function problemsOf(rule: IgnoreRule, index: number): readonly RuleProblem[] {
  const isEmpty = WHAT.every((key) => rule[key] === undefined || rule[key].length === 0)
  const pointers = (rule.jsonPointers ?? []).flatMap((pointer, position): RuleProblem[] => {
    const message = pointerError(pointer)
    return message === undefined ? [] : [{ at: [index, 'jsonPointers', position], message }]
  })
  return isEmpty ? [{ at: [index], message: `a rule needs one of ${WHAT.join(', ')}` }, ...pointers] : pointers
}
