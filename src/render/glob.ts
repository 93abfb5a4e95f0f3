import { regexpLiteral } from './regexp-literal.ts'

/**
 * Globs as gobwas/glob compiles them without separators, which is how Argo CD matches `directory.include` and `exclude`: `*` and
 * `**` match anything, '/' too; `?` one character; `[abc]`, `[a-z]`, `[!a]`; `{one,two}`, nested; `\` takes the next character
 * as it is.
 * @returns undefined when it is no glob: Argo CD then matches nothing
 */
export function compileGlob(pattern: string): RegExp | undefined {
  const parser = { text: pattern, index: 0 }
  const body = alternatives(parser, false)
  return body === undefined ? undefined : new RegExp(`^${body}$`, 'su')
}

interface GlobParser {
  readonly text: string
  index: number
}

/** Up to the end, or to the brace that closes them. */
function alternatives(parser: GlobParser, inBraces: boolean): string | undefined {
  const parts: string[] = ['']
  while (parser.index < parser.text.length) {
    const character = String.fromCodePoint(parser.text.codePointAt(parser.index) ?? 0)
    parser.index += character.length
    if (inBraces && character === '}') return `(?:${parts.join('|')})`
    if (inBraces && character === ',') {
      parts.push('')
      continue
    }
    const piece = pieceOf(character, parser)
    if (piece === undefined) return undefined
    const last = parts.length - 1
    // Stars in a row match the same as one; as regular expression they would only cost time.
    if (piece !== '.*' || !parts[last]?.endsWith('.*')) parts[last] += piece
  }
  // A brace that is not closed ends with the pattern.
  return inBraces ? `(?:${parts.join('|')})` : parts[0]
}

function pieceOf(character: string, parser: GlobParser): string | undefined {
  switch (character) {
    case '*':
      return '.*'
    case '?':
      return '.'
    case '[':
      return characterClass(parser)
    case '{':
      return alternatives(parser, true)
    case '\\': {
      const point = parser.text.codePointAt(parser.index)
      const escaped = point === undefined ? '' : String.fromCodePoint(point)
      parser.index += escaped.length
      return regexpLiteral(escaped)
    }
    default:
      return regexpLiteral(character)
  }
}

/** `[abc]` or `[a-z]`, with `!` to negate; never both forms in one. */
function characterClass(parser: GlobParser): string | undefined {
  const end = parser.text.indexOf(']', parser.index)
  if (end === -1) return undefined
  const content = parser.text.slice(parser.index, end)
  parser.index = end + 1
  const negated = content.startsWith('!')
  const members = [...(negated ? content.slice(1) : content)]
  if (members.length === 0) return undefined
  const [from = '', dash, to = ''] = members
  const isRange = members.length === 3 && dash === '-'
  if (isRange && from > to) return undefined
  const body = isRange ? `${regexpLiteral(from)}-${regexpLiteral(to)}` : members.map(regexpLiteral).join('')
  return `[${negated ? '^' : ''}${body}]`
}
