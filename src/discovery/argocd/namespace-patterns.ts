import { CodedError, type Failure } from '../../model/failure.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'
import { linearPattern } from '../../text/linear-pattern.ts'
import type { TextMatcher } from '../../text/pattern-machine.ts'
import { createExpressionAnswers, type MatchExpressions } from './expression-answers.ts'

/** Whether some pattern of a list matches. `pending` is answered later, and what fails permits nothing. */
export type NamespaceMatch =
  | { readonly type: 'match' }
  | { readonly type: 'mismatch' }
  | { readonly type: 'pending' }
  | { readonly type: 'failed'; readonly failure: Failure }

/** Matches the lists of namespaces that Argo CD's settings, AppProjects and ApplicationSets have. */
export interface NamespacePatterns {
  /**
   * @param patterns globs, or regular expressions between slashes, which match any part (`MatchStringInList`); one tenant's list, which
   * has one budget of time
   */
  match(patterns: readonly string[], namespace: string): NamespaceMatch
  /** Why some pattern of the list cannot be used; undefined until a namespace was asked for. */
  failureOf(patterns: readonly string[]): Failure | undefined
  /** Some answer is still to come. */
  readonly isPending: boolean
  /** Call it before everything is asked for anew: what nobody asked for in several turns is forgotten. */
  beginTurn(): void
}

const MATCH: NamespaceMatch = { type: 'match' }
const MISMATCH: NamespaceMatch = { type: 'mismatch' }
const PENDING: NamespaceMatch = { type: 'pending' }

const MAX_LENGTH = 1024

/**
 * Expressions of which RE2 and regexp2, the library of Argo CD, take every part to mean the same, for names in ASCII. Others may look
 * around, refer back, and take for ever.
 */
const ALIKE = /^(?:[\w\x20^$.|*+?)\x2d]|\((?!\?)|\(\?:|\\[.dw\x2d]|\[\^?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+-?\])*$/

interface CompiledList {
  readonly matchers: readonly TextMatcher[]
  /** Those that only the sandbox can match. */
  readonly expressions: readonly string[]
}

/** @param options.onChange called when answers have come */
export function createNamespacePatterns(
  options: { readonly matchExpressions: MatchExpressions; readonly onChange: () => void },
  signal: AbortSignal,
): NamespacePatterns {
  const compiled = new WeakMap<readonly string[], CompiledList>()
  const answers = createExpressionAnswers(options, signal)

  function compiledOf(patterns: readonly string[]): CompiledList {
    const known = compiled.get(patterns) ?? compileList(patterns)
    compiled.set(patterns, known)
    return known
  }

  return {
    match(patterns, namespace) {
      const { matchers, expressions } = compiledOf(patterns)
      if (matchers.some((matcher) => matcher.test(namespace))) return MATCH
      if (expressions.length === 0) return MISMATCH
      const matches = answers.matches(expressions, namespace)
      if (matches === undefined) return PENDING
      if (matches) return MATCH
      const failure = answers.failureOf(expressions)
      return failure === undefined ? MISMATCH : { type: 'failed', failure }
    },
    failureOf: (patterns) => answers.failureOf(compiledOf(patterns).expressions),
    get isPending() {
      return answers.isPending
    },
    beginTurn: answers.beginTurn,
  }
}

/**
 * Whether it is a match, where that is known.
 * @param what of a message, continued by why it is not known
 * @throws CodedError `GDE_NOT_EVALUATED` while it is pending, and why it failed
 */
export function isMatch(match: NamespaceMatch, what: string): boolean {
  switch (match.type) {
    case 'match':
      return true
    case 'mismatch':
      return false
    case 'pending':
      throw new CodedError('GDE_NOT_EVALUATED', `${what} is not known yet: its expressions are being matched`)
    case 'failed':
      throw new CodedError(match.failure.code, `${what} cannot be told by its expressions: ${match.failure.message}`)
    default:
      return match satisfies never
  }
}

function compileList(patterns: readonly string[]): CompiledList {
  const matchers: TextMatcher[] = []
  const expressions: string[] = []
  for (const pattern of patterns) {
    const expression = /^\/(.+)\/$/s.exec(pattern)?.[1]
    const alike =
      expression !== undefined && expression.length <= MAX_LENGTH && ALIKE.test(expression)
        ? linearPattern(expression)
        : undefined
    if (alike !== undefined) matchers.push(alike)
    else if (expression !== undefined) expressions.push(expression)
    const glob = gobwasGlob(pattern)
    if (glob !== undefined) matchers.push(glob)
  }
  return { matchers, expressions }
}
