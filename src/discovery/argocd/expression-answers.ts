import { type Failure, toFailure } from '../../model/failure.ts'

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

/** What the sandbox says of expressions, asked once for each list and text. */
export interface ExpressionAnswers {
  /** Whether some expression of the list matches a part of the text; undefined while that is asked. */
  matches(expressions: readonly string[], text: string): boolean | undefined
  /** Why some expression, or all of them, cannot be used. */
  failureOf(expressions: readonly string[]): Failure | undefined
  /** Some answer is still to come. */
  readonly isPending: boolean
  /** What nobody asked for in several turns is forgotten. */
  beginTurn(): void
}

interface Answer {
  readonly matches: boolean
  /** Number of the turn. */
  usedIn: number
}

interface AskedList {
  readonly expressions: readonly string[]
  readonly answers: Map<string, Answer>
  readonly asked: Set<string>
  usedIn: number
  failure?: Failure
  /** It took too long: nothing is asked any more. */
  isGivenUp?: true
}

/** Asked at a time, so that the time is the expressions' and not that of a large fleet. */
const MOST_TEXTS = 1000
/** What nobody asked for in so many turns is forgotten. Most ask in each, ApplicationSets when they are computed. */
const KEPT_TURNS = 10

/**
 * One list is one tenant's, and has one budget of time.
 * @param options.onChange called when answers have come
 */
export function createExpressionAnswers(
  { matchExpressions, onChange }: { readonly matchExpressions: MatchExpressions; readonly onChange: () => void },
  signal: AbortSignal,
): ExpressionAnswers {
  const lists = new Map<string, AskedList>()
  let turn = 0
  let isRunning = false

  function listOf(expressions: readonly string[]): AskedList {
    const key = JSON.stringify(expressions)
    const list: AskedList = lists.get(key) ?? { expressions, answers: new Map(), asked: new Set(), usedIn: turn }
    list.usedIn = turn
    lists.set(key, list)
    return list
  }

  /** One list at a time, so that no tenant's expressions fill the pool. */
  async function run(): Promise<void> {
    isRunning = true
    // Whoever asks, asks for many.
    await Promise.resolve()
    for (let list = nextList(); list !== undefined && !signal.aborted; list = nextList()) {
      await answerList(list, [...list.asked].slice(0, MOST_TEXTS))
      if (list.asked.size === 0 && !signal.aborted) onChange()
    }
    isRunning = false
  }

  function nextList(): AskedList | undefined {
    return lists.values().find(({ asked }) => asked.size > 0)
  }

  async function answerList(list: AskedList, texts: readonly string[]): Promise<void> {
    try {
      const { matches, errors } = await matchExpressions({ expressions: list.expressions, texts }, signal)
      for (const [index, text] of texts.entries()) {
        list.answers.set(text, { matches: matches[index] === true, usedIn: turn })
        list.asked.delete(text)
      }
      if (errors[0] !== undefined) list.failure = { code: 'GDE_ARGOCD_INVALID', message: errors[0] }
    } catch (error) {
      list.failure = toFailure(error)
      list.isGivenUp = true
      list.asked.clear()
    }
  }

  return {
    matches(expressions, text) {
      const list = listOf(expressions)
      const answer = list.answers.get(text)
      if (answer !== undefined) {
        answer.usedIn = turn
        return answer.matches
      }
      if (list.isGivenUp) return false
      list.asked.add(text)
      if (!isRunning) void run()
      return undefined
    },
    failureOf: (expressions) => lists.get(JSON.stringify(expressions))?.failure,
    get isPending() {
      return isRunning
    },
    beginTurn() {
      turn += 1
      for (const [key, { answers, asked, usedIn }] of lists) {
        for (const [text, answer] of answers) if (turn - answer.usedIn > KEPT_TURNS) answers.delete(text)
        if (asked.size === 0 && turn - usedIn > KEPT_TURNS) lists.delete(key)
      }
    },
  }
}
