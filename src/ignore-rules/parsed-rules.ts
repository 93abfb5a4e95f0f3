import type { IgnoreRule } from '../model/apps/policy.ts'
import type { ErrorCode } from '../model/errors.ts'
import { CodedError } from '../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'

/** What every source of rules gives: the rules that can be read, and why others cannot be honoured. */
export interface ParsedRules {
  readonly rules: readonly IgnoreRule[]
  readonly problems: readonly RuleProblem[]
}

export interface RuleProblem {
  /** Index and keys, from the list of rules on. */
  readonly at: readonly (number | string)[]
  /** Goes on from the name of the place: `is not a list`. */
  readonly message: string
}

/** Reports a problem of one rule; `key` may lead further down, as `target.name`. */
export type ReportProblem = (key: string, message: string) => void

/** Reads a list of rules; a rule that has a problem is left out. */
export function parseRules(
  value: Json | undefined,
  readRule: (item: JsonObject, report: ReportProblem) => IgnoreRule,
): ParsedRules {
  if (value === undefined || value === null) return { rules: [], problems: [] }
  if (!Array.isArray(value)) return { rules: [], problems: [{ at: [], message: 'is not a list' }] }
  const rules: IgnoreRule[] = []
  const problems: RuleProblem[] = []
  for (const [index, item] of value.entries()) {
    const before = problems.length
    if (!isJsonObject(item)) problems.push({ at: [index], message: 'is not an object' })
    else {
      const rule = readRule(item, (key, message) => problems.push({ at: [index, key], message }))
      if (problems.length === before) rules.push(rule)
    }
  }
  return { rules, problems }
}

/** @throws CodedError the first problem, with the name of the list before it */
export function rulesOrThrow({ rules, problems }: ParsedRules, code: ErrorCode, name: string): readonly IgnoreRule[] {
  const [problem] = problems
  if (problem === undefined) return rules
  const path = problem.at.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
  throw new CodedError(code, `${name}${path} ${problem.message}`)
}

/** The text at a key; '' where there is none. */
export function textIn(item: JsonObject, key: string, report: ReportProblem, path = key): string {
  const value = Object.hasOwn(item, key) ? (item[key] ?? '') : ''
  if (typeof value === 'string') return value
  report(path, 'is not a text')
  return ''
}

/** The texts of the list at a key; none where there is no list. */
export function textsIn(item: JsonObject, key: string, report: ReportProblem): readonly string[] {
  const value = Object.hasOwn(item, key) ? (item[key] ?? []) : []
  if (!Array.isArray(value)) {
    report(key, 'is not a list')
    return []
  }
  const texts = value.filter((one: Json) => typeof one === 'string')
  if (texts.length < value.length) report(key, 'is not a list of texts')
  return texts
}
