/** A pattern as a tree; what people write (globs of several kinds) is read into it. */
export type Pattern =
  | { readonly type: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly type: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly type: 'choice'; readonly of: readonly Pattern[] }
  /** None, one or many. */
  | { readonly type: 'repeat'; readonly of: Pattern }

export interface TextMatcher {
  /** Whether the whole text fits. */
  test(text: string): boolean
}

export const ANY_CHARACTER: Pattern = { type: 'character', accepts: () => true }

export function literalPattern(text: string): Pattern {
  return { type: 'sequence', parts: [...text].map((one) => ({ type: 'character', accepts: (other) => other === one })) }
}

interface State {
  /** Absent for a state that is passed without a character. */
  readonly accepts?: (character: string) => boolean
  /** Numbers of the states behind it. */
  readonly next: number[]
}

/**
 * Patterns come from tenants, so the time is the product of both lengths at most: all states that the text may be in are followed at once
 * (Thompson's construction), and nothing is tried twice. JavaScript's regular expressions would go back, and take a lifetime.
 */
export function compilePattern(pattern: Pattern): TextMatcher {
  const states: State[] = []
  const start = addState(states, {})
  const end = addPattern(states, pattern, start)
  return {
    test(text) {
      let reached = closure(states, [start])
      for (const character of text) {
        if (reached.size === 0) return false
        const next: number[] = []
        for (const index of reached) {
          const state = states[index]
          if (state?.accepts?.(character) === true) next.push(...state.next)
        }
        reached = closure(states, next)
      }
      return reached.has(end)
    },
  }
}

function addState(states: State[], state: Pick<State, 'accepts'>): number {
  states.push({ ...state, next: [] })
  return states.length - 1
}

/** @returns the state behind the pattern */
function addPattern(states: State[], pattern: Pattern, from: number): number {
  switch (pattern.type) {
    case 'character': {
      const reading = addState(states, { accepts: pattern.accepts })
      const behind = addState(states, {})
      states[from]?.next.push(reading)
      states[reading]?.next.push(behind)
      return behind
    }
    case 'sequence': {
      let at = from
      for (const part of pattern.parts) at = addPattern(states, part, at)
      return at
    }
    case 'choice': {
      const behind = addState(states, {})
      for (const one of pattern.of) {
        const begin = addState(states, {})
        states[from]?.next.push(begin)
        states[addPattern(states, one, begin)]?.next.push(behind)
      }
      return behind
    }
    case 'repeat': {
      const loop = addState(states, {})
      states[from]?.next.push(loop)
      states[addPattern(states, pattern.of, loop)]?.next.push(loop)
      return loop
    }
    default:
      return pattern satisfies never
  }
}

/** The states that are reached without a further character. */
function closure(states: readonly State[], begin: readonly number[]): ReadonlySet<number> {
  const reached = new Set<number>()
  const waiting = [...begin]
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (reached.has(index)) continue
    reached.add(index)
    const state = states[index]
    if (state !== undefined && state.accepts === undefined) waiting.push(...state.next)
  }
  return reached
}
