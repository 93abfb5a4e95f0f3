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
  const glob = readSequence({ characters: [...pattern], index: 0, one, depth: 0 }, '')
  return glob === undefined ? undefined : compilePattern(glob)
}

interface GlobReader {
  readonly characters: readonly string[]
  index: number
  /** What `?` matches. */
  readonly one: Pattern
  /** Braces that are open. */
  depth: number
}

/** Nobody writes more, and each level is a call. */
const MAX_DEPTH = 100

const peek = ({ characters, index }: GlobReader): string | undefined => characters[index]
const take = (reader: GlobReader): string | undefined => reader.characters[reader.index++]

/** Up to one of the closing characters, which stays, or to the end. */
function readSequence(reader: GlobReader, closing: string): Pattern | undefined {
  const parts: Pattern[] = []
  for (let next = peek(reader); next !== undefined && !closing.includes(next); next = peek(reader)) {
    const part = readPart(reader)
    if (part === undefined) return undefined
    parts.push(part)
  }
  return { type: 'sequence', parts }
}

function readPart(reader: GlobReader): Pattern | undefined {
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
function readChoice(reader: GlobReader): Pattern | undefined {
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
function readClass(reader: GlobReader): Pattern | undefined {
  const end = reader.characters.indexOf(']', reader.index)
  if (end === -1) return undefined
  const members = reader.characters.slice(reader.index, end)
  reader.index = end + 1
  const negated = members[0] === '!'
  if (negated) members.shift()
  const [from = '', dash, to = ''] = members
  const isRange = members.length === 3 && dash === '-'
  if (members.length === 0 || (isRange && !isBetween(to, from, '\u{10ffff}'))) return undefined
  const holds = (character: string): boolean => (isRange ? isBetween(character, from, to) : members.includes(character))
  return { type: 'character', accepts: (character) => holds(character) !== negated }
}

/** By code points, as Go compares runes; JavaScript's `<` compares UTF-16 units. */
function isBetween(character: string, from: string, to: string): boolean {
  const point = character.codePointAt(0) ?? 0
  return point >= (from.codePointAt(0) ?? 0) && point <= (to.codePointAt(0) ?? 0)
}
