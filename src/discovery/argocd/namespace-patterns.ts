import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'
import { linearPattern } from '../../text/linear-pattern.ts'
import type { TextMatcher } from '../../text/pattern-machine.ts'

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
  /** Some answer is still to come. */
  readonly isPending: boolean
}

/** What is asked of the sandbox: whether some expression matches a part of each text. */
export interface ExpressionRequest {
  readonly expressions: readonly string[]
  readonly texts: readonly string[]
}

export interface ExpressionAnswer {
  /** One for each text. */
  readonly matches: readonly boolean[]
  /** Of the expressions that cannot be parsed. */
  readonly errors: readonly string[]
}

/** @throws CodedError `GDE_TIMEOUT` where it takes too long */
export type MatchExpressions = (request: ExpressionRequest, signal: AbortSignal) => Promise<ExpressionAnswer>

const MATCH: NamespaceMatch = { type: 'match' }
const MISMATCH: NamespaceMatch = { type: 'mismatch' }
const PENDING: NamespaceMatch = { type: 'pending' }

/** Lists whose answers are kept, and answers of each: more than fleets have. */
const MAX_LISTS = 1000
const MAX_ANSWERS = 10_000
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

interface AskedList {
  readonly expressions: readonly string[]
  readonly answers: Map<string, boolean>
  readonly asked: Set<string>
  /** Why some expression cannot be used: the others can. */
  broken?: Failure
  /** Why nothing is asked any more. */
  failure?: Failure
}

/** @param options.onChange called when answers have come */
export function createNamespacePatterns(
  { matchExpressions, onChange }: { readonly matchExpressions: MatchExpressions; readonly onChange: () => void },
  signal: AbortSignal,
): NamespacePatterns {
  const compiled = new WeakMap<readonly string[], CompiledList>()
  const lists = new Map<string, AskedList>()
  let isRunning = false

  function compiledOf(patterns: readonly string[]): CompiledList {
    const known = compiled.get(patterns) ?? compileList(patterns)
    compiled.set(patterns, known)
    return known
  }

  function ask(expressions: readonly string[], namespace: string): NamespaceMatch {
    const key = JSON.stringify(expressions)
    const list: AskedList = lists.get(key) ?? { expressions, answers: new Map(), asked: new Set() }
    if (lists.size >= MAX_LISTS && !lists.has(key)) lists.clear()
    lists.set(key, list)
    const answer = list.answers.get(namespace)
    if (answer === true) return MATCH
    if (list.failure !== undefined) return { type: 'failed', failure: list.failure }
    if (answer === false) return list.broken === undefined ? MISMATCH : { type: 'failed', failure: list.broken }
    list.asked.add(namespace)
    if (!isRunning) void run()
    return PENDING
  }

  /** One list at a time, so that no tenant's expressions fill the pool. */
  async function run(): Promise<void> {
    isRunning = true
    // Whoever asks, asks for many.
    await Promise.resolve()
    for (let list = nextList(); list !== undefined && !signal.aborted; list = nextList()) {
      await answerList(list, [...list.asked])
      if (!signal.aborted) onChange()
    }
    isRunning = false
  }

  function nextList(): AskedList | undefined {
    return lists.values().find(({ asked }) => asked.size > 0)
  }

  async function answerList(list: AskedList, texts: readonly string[]): Promise<void> {
    try {
      const { matches, errors } = await matchExpressions({ expressions: list.expressions, texts }, signal)
      if (list.answers.size + texts.length > MAX_ANSWERS) list.answers.clear()
      for (const [index, text] of texts.entries()) list.answers.set(text, matches[index] === true)
      if (errors[0] !== undefined) list.broken = { code: 'GDE_ARGOCD_INVALID', message: errors[0] }
      for (const text of texts) list.asked.delete(text)
    } catch (error) {
      list.failure = toFailure(error)
      list.asked.clear()
    }
  }

  return {
    match(patterns, namespace) {
      const { matchers, expressions } = compiledOf(patterns)
      if (matchers.some((matcher) => matcher.test(namespace))) return MATCH
      return expressions.length === 0 ? MISMATCH : ask(expressions, namespace)
    },
    get isPending() {
      return isRunning
    },
  }
}

/** For what has been said not to match, `pending` and `failed` are told as errors. @throws CodedError */
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
