import { gobwasGlob } from './gobwas-glob.ts'
import type { TextMatcher } from './pattern-machine.ts'

/** Whether a pattern of an AppProject denies what it names. */
export function isDenyPattern(pattern: string): boolean {
  return pattern.startsWith('!')
}

/** A glob of an AppProject; one that begins with `!` matches what the rest of it does not (globMatch with negation). */
export function denyGlob(pattern: string, separators = ''): TextMatcher {
  const glob = gobwasGlob(isDenyPattern(pattern) ? pattern.slice(1) : pattern, separators)
  if (isDenyPattern(pattern)) return { test: (text) => glob?.test(text) !== true }
  return { test: (text) => pattern === '*' || glob?.test(text) === true }
}
