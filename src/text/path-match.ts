import { compilePattern, literalPattern, type Pattern, type TextMatcher } from './pattern-machine.ts'

const NOT_SLASH: Pattern = { type: 'character', accepts: (character) => character !== '/' }

/**
 * A pattern of Go's `filepath.Match`, which Argo CD uses for the kinds and names that a project lists: `*` and `?` stop at '/', `[abc]`,
 * `[a-z]`, `[^a]`, and `\` takes the next character as it is.
 * @returns undefined for a bad pattern, which matches nothing there
 */
export function pathMatch(pattern: string): TextMatcher | undefined {
  const characters = [...pattern]
  const parts: Pattern[] = []
  for (let index = 0; index < characters.length; ) {
    const character = characters[index++] ?? ''
    if (character === '*') parts.push({ type: 'repeat', of: NOT_SLASH })
    else if (character === '?') parts.push(NOT_SLASH)
    else if (character === '[') {
      const read = readClass(characters, index)
      if (read === undefined) return undefined
      parts.push(read.pattern)
      index = read.end
    } else if (character !== '\\') parts.push(literalPattern(character))
    else {
      const escaped = characters[index++]
      if (escaped === undefined) return undefined
      parts.push(literalPattern(escaped))
    }
  }
  return compilePattern({ type: 'sequence', parts })
}

/** From behind the bracket. @returns what it accepts, and where it ends */
function readClass(
  characters: readonly string[],
  start: number,
): { readonly pattern: Pattern; readonly end: number } | undefined {
  let index = start
  const negated = characters[index] === '^'
  if (negated) index += 1
  const ranges: { readonly from: number; readonly to: number }[] = []
  const member = (): number | undefined => {
    const character = characters[index++]
    if (character === undefined || character === '-' || character === ']') return undefined
    return (character === '\\' ? characters[index++] : character)?.codePointAt(0)
  }
  while (ranges.length === 0 || characters[index] !== ']') {
    const from = member()
    if (from === undefined) return undefined
    let to: number | undefined = from
    if (characters[index] === '-') {
      index += 1
      to = member()
    }
    if (to === undefined || characters[index] === undefined) return undefined
    ranges.push({ from, to })
  }
  const accepts = (character: string): boolean => {
    const point = character.codePointAt(0) ?? 0
    return ranges.some(({ from, to }) => point >= from && point <= to) !== negated
  }
  return { pattern: { type: 'character', accepts }, end: index + 1 }
}
