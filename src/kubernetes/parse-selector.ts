import type { LabelSelector, SelectorRequirement } from '../model/selector.ts'

const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/
const EQUALITY = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/
const KEY = /^(!?)\s*([^\s=!(),]+)$/

/**
 * A selector as `kubectl -l` takes it: `a=b,c!=d,e in (f,g),h,!i`.
 * @returns undefined for what is none
 */
export function parseSelector(text: string): LabelSelector | undefined {
  const requirements: SelectorRequirement[] = []
  for (const part of splitOutside(text)) {
    const requirement = parseRequirement(part.trim())
    if (requirement === undefined) return undefined
    requirements.push(requirement)
  }
  return { matchExpressions: requirements }
}

/** At commas that are not between parentheses. */
function splitOutside(text: string): readonly string[] {
  return text.trim() === '' ? [] : text.split(/,(?![^(]*\))/)
}

function parseRequirement(part: string): SelectorRequirement | undefined {
  const set = SET.exec(part)
  if (set !== null) {
    const [, key = '', operator, values = ''] = set
    return { key, operator: operator === 'in' ? 'In' : 'NotIn', values: values.split(',').map((value) => value.trim()) }
  }
  const equality = EQUALITY.exec(part)
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality
    return { key, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] }
  }
  const [, not, key = ''] = KEY.exec(part) ?? []
  return key === '' ? undefined : { key, operator: not === '!' ? 'DoesNotExist' : 'Exists' }
}
