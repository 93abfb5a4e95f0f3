import { characterClass, type GlobReader, MAX_DEPTH, peek, readerOf, take } from './glob-reader.ts'
import { ANY_CHARACTER, compilePattern, literalPattern, type Pattern, type TextMatcher } from './pattern-machine.ts'

/**
 * A glob as gobwas/glob compiles it, which Argo CD uses for repositories, destinations, namespaces, API groups, and for
 * `directory.include` and `exclude`. `*` and `?` stop at a separator, `**` does not; `[abc]`, `[a-z]`, `[!a]`; `{one,two}`, nested;
 * `\` takes the next character as it is.
 * @param separators characters; '' lets `*` match anything
 * @returns undefined when it is no glob: Argo CD then matches nothing
 */
export function gobwasGlob(pattern: string, separators = ''): TextMatcher | undefined {
  const one: Pattern =
    separators === '' ? ANY_CHARACTER : { type: 'character', accepts: (character) => !separators.includes(character) }
  const glob = readSequence({ ...readerOf(pattern), one }, '')
  return glob === undefined ? undefined : compilePattern(glob)
}

interface GobwasReader extends GlobReader {
  /** What `?` matches. */
  readonly one: Pattern
}

/** Up to one of the closing characters, which stays, or to the end. */
function readSequence(reader: GobwasReader, closing: string): Pattern | undefined {
  const parts: Pattern[] = []
  for (let next = peek(reader); next !== undefined && !closing.includes(next); next = peek(reader)) {
    const part = readPart(reader)
    if (part === undefined) return undefined
    parts.push(part)
  }
  return { type: 'sequence', parts }
}

function readPart(reader: GobwasReader): Pattern | undefined {
  const character = take(reader) ?? ''
  switch (character) {
    case '*':
      if (peek(reader) !== '*') return { type: 'repeat', of: reader.one }
      reader.index += 1
      return { type: 'repeat', of: ANY_CHARACTER }
    case '?':
      return reader.one
    case '[':
      return readClass(reader)
    case '{':
      return readChoice(reader)
    case '\\':
      return literalPattern(take(reader) ?? '')
    default:
      return literalPattern(character)
  }
}

/** A brace that is not closed ends with the pattern. */
function readChoice(reader: GobwasReader): Pattern | undefined {
  if (reader.depth === MAX_DEPTH) return undefined
  reader.depth += 1
  const of: Pattern[] = []
  do {
    const one = readSequence(reader, ',}')
    if (one === undefined) return undefined
    of.push(one)
  } while (take(reader) === ',')
  reader.depth -= 1
  return { type: 'choice', of }
}

/** One range, or single characters: never both. */
function readClass(reader: GobwasReader): Pattern | undefined {
  const end = reader.characters.indexOf(']', reader.index)
  if (end === -1) return undefined
  const members = reader.characters.slice(reader.index, end)
  reader.index = end + 1
  const negated = members[0] === '!'
  if (negated) members.shift()
  const points = members.map((member) => member.codePointAt(0) ?? 0)
  const [from = 0, , to = 0] = points
  const isRange = members.length === 3 && members[1] === '-'
  if (members.length === 0 || (isRange && to < from)) return undefined
  return characterClass(isRange ? [{ from, to }] : points.map((point) => ({ from: point, to: point })), negated)
}
