import { type CharacterRange, characterClass, type GlobReader, peek, readerOf, take } from './glob-reader.ts'
import { compilePattern, literalPattern, type Pattern, type TextMatcher } from './pattern-machine.ts'

const NOT_SLASH: Pattern = { type: 'character', accepts: (character) => character !== '/' }

/**
 * A pattern of Go's `filepath.Match`, which Argo CD uses for the kinds and names that a project lists: `*` and `?` stop at '/', `[abc]`,
 * `[a-z]`, `[^a]`, and `\` takes the next character as it is.
 * @returns undefined for a bad pattern, which matches nothing there
 */
export function pathMatch(pattern: string): TextMatcher | undefined {
  const reader = readerOf(pattern)
  const parts: Pattern[] = []
  while (peek(reader) !== undefined) {
    const part = readPart(reader)
    if (part === undefined) return undefined
    parts.push(part)
  }
  return compilePattern({ type: 'sequence', parts })
}

function readPart(reader: GlobReader): Pattern | undefined {
  const character = take(reader) ?? ''
  switch (character) {
    case '*':
      return { type: 'repeat', of: NOT_SLASH }
    case '?':
      return NOT_SLASH
    case '[':
      return readClass(reader)
    case '\\': {
      const escaped = take(reader)
      return escaped === undefined ? undefined : literalPattern(escaped)
    }
    default:
      return literalPattern(character)
  }
}

function readClass(reader: GlobReader): Pattern | undefined {
  const negated = peek(reader) === '^'
  if (negated) reader.index += 1
  const ranges: CharacterRange[] = []
  while (ranges.length === 0 || peek(reader) !== ']') {
    const from = readMember(reader)
    if (from === undefined) return undefined
    const isRange = peek(reader) === '-'
    if (isRange) reader.index += 1
    const to = isRange ? readMember(reader) : from
    if (to === undefined) return undefined
    ranges.push({ from, to })
  }
  reader.index += 1
  return characterClass(ranges, negated)
}

/** @returns a code point */
function readMember(reader: GlobReader): number | undefined {
  const character = take(reader)
  if (character === '-' || character === ']') return undefined
  return (character === '\\' ? take(reader) : character)?.codePointAt(0)
}
