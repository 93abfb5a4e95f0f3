import { type CharacterRange, characterClass, type GlobReader, MAX_DEPTH, peek, readerOf, take } from './glob-reader.ts'
import { ANY_CHARACTER, compilePattern, literalPattern, type Pattern, type TextMatcher } from './pattern-machine.ts'

/**
 * A glob as bmatcuk/doublestar matches it, which Argo CD uses for values files: `*` and `?` stop at '/', `**` between slashes is any number
 * of folders and elsewhere as `*`; `[abc]`, `[a-z]`, `[!a]`, `[^a]`; `{one,two}`, nested; `\` takes the next character as it is.
 * @returns undefined where doublestar calls the pattern a bad one
 */
export function doublestarGlob(pattern: string): TextMatcher | undefined {
  const glob = readSequence(readerOf(pattern), '')
  return glob === undefined ? undefined : compilePattern(glob)
}

const NOT_SLASH: Pattern = { type: 'character', accepts: (character) => character !== '/' }
const IN_FOLDER: Pattern = { type: 'repeat', of: NOT_SLASH }
const ANY_FOLDERS: Pattern = {
  type: 'repeat',
  of: { type: 'sequence', parts: [NOT_SLASH, IN_FOLDER, literalPattern('/')] },
}

/** Up to one of the closing characters, which stays, or to the end. */
function readSequence(reader: GlobReader, closing: string): Pattern | undefined {
  const parts: Pattern[] = []
  let startsSegment = true
  for (let next = peek(reader); next !== undefined && !closing.includes(next); next = peek(reader)) {
    const part: Pattern | undefined = next === '*' ? readStars(reader, startsSegment) : readPart(reader)
    if (part === undefined) return undefined
    parts.push(part)
    startsSegment = next === '/' || part === ANY_FOLDERS
  }
  return { type: 'sequence', parts }
}

function readStars(reader: GlobReader, startsSegment: boolean): Pattern {
  reader.index += 1
  if (peek(reader) !== '*') return IN_FOLDER
  reader.index += 1
  if (!startsSegment) return IN_FOLDER
  const next = peek(reader)
  if (next === undefined) return { type: 'repeat', of: ANY_CHARACTER }
  if (next !== '/') return IN_FOLDER
  reader.index += 1
  return ANY_FOLDERS
}

function readPart(reader: GlobReader): Pattern | undefined {
  const character = take(reader) ?? ''
  switch (character) {
    case '?':
      return NOT_SLASH
    case '[':
      return readClass(reader)
    case '{':
      return readChoice(reader)
    case '\\': {
      const escaped = take(reader)
      return escaped === undefined ? undefined : literalPattern(escaped)
    }
    case '}':
      return reader.depth === 0 ? undefined : literalPattern(character)
    default:
      return literalPattern(character)
  }
}

function readChoice(reader: GlobReader): Pattern | undefined {
  if (reader.depth === MAX_DEPTH) return undefined
  reader.depth += 1
  const of: Pattern[] = []
  for (;;) {
    const one = readSequence(reader, ',}')
    if (one === undefined) return undefined
    of.push(one)
    const closing = take(reader)
    if (closing === undefined) return undefined
    if (closing === '}') break
  }
  reader.depth -= 1
  return { type: 'choice', of }
}

/** Single characters and ranges; a `-` that is first or last, or behind a range, is itself. */
function readClass(reader: GlobReader): Pattern | undefined {
  const negated = peek(reader) === '!' || peek(reader) === '^'
  if (negated) reader.index += 1
  const ranges: CharacterRange[] = []
  let mayBegin = false
  for (;;) {
    const next = peek(reader)
    if (next === undefined) return undefined
    if (next === ']') break
    const last = ranges.at(-1)
    if (mayBegin && last !== undefined && next === '-' && peek(reader, 1) !== undefined && peek(reader, 1) !== ']') {
      reader.index += 1
      const to = readMember(reader)
      if (to === undefined) return undefined
      ranges[ranges.length - 1] = { from: last.from, to }
      mayBegin = false
      continue
    }
    const member = readMember(reader)
    if (member === undefined) return undefined
    ranges.push({ from: member, to: member })
    mayBegin = true
  }
  reader.index += 1
  if (ranges.length === 0) return undefined
  return characterClass(ranges, negated)
}

/** Patterns are taken apart at slashes first, so none can be in a class. @returns a code point, as Go compares runes */
function readMember(reader: GlobReader): number | undefined {
  const character = take(reader)
  const member = character === '\\' ? take(reader) : character
  return member === '/' ? undefined : member?.codePointAt(0)
}
