import { RE2JS, RE2JSException } from 're2js'
import type { TextMatcher } from './pattern-machine.ts'

/** Longer than any name that it could match. */
const MAX_LENGTH = 1024
/** Steps of the compiled expression: the time to match is its product with the length of the text. Nobody writes more. */
const MAX_STEPS = 2000

/**
 * A regular expression of Go (RE2's syntax), matched in time linear in the text: expressions come from tenants.
 * @returns undefined for what is no expression there, and for one that is out of all proportion
 */
export function linearPattern(expression: string): TextMatcher | undefined {
  if (expression.length > MAX_LENGTH) return undefined
  try {
    const compiled = RE2JS.compile(expression)
    return compiled.programSize() > MAX_STEPS ? undefined : compiled
  } catch (error) {
    if (error instanceof RE2JSException) return undefined
    throw error
  }
}

/** An expression for a whole text, as kustomize anchors those of patch targets. */
export function wholeTextPattern(expression: string): TextMatcher | undefined {
  return linearPattern(`^(?:${expression})$`)
}
