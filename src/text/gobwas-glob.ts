/**
 * A glob as gobwas/glob compiles it, which Argo CD uses for repositories, destinations, namespaces and API groups. `*` and `?` stop
 * at a separator, `**` does not; `[abc]`, `[a-z]`, `[!a]`; `{one,two}`, nested; `\` takes the next character as it is.
 * @param separators characters; '' lets `*` match anything
 * @returns undefined when it is no glob: Argo CD then matches nothing
 */
export function gobwasGlob(pattern: string, separators = ''): RegExp | undefined {
  const reader: Reader = { rest: [...pattern], one: separators === '' ? '.' : `[^${literal(separators)}]` }
  const body = sequence(reader, '')
  return body === undefined ? undefined : new RegExp(`^${body}$`, 'su')
}

interface Reader {
  /** Characters, the next one first. */
  rest: string[]
  /** What `?` matches. */
  readonly one: string
}

/** Up to one of the closing characters, which stays, or to the end. */
function sequence(reader: Reader, closing: string): string | undefined {
  let body = ''
  while (reader.rest.length > 0 && !closing.includes(reader.rest[0] ?? '')) {
    const piece = part(reader)
    if (piece === undefined) return undefined
    // Stars in a row cost time as a regular expression and match no more than the widest of them.
    if (!(piece.endsWith('*') && body.endsWith(piece))) body += piece
  }
  return body
}

function part(reader: Reader): string | undefined {
  const character = reader.rest.shift() ?? ''
  switch (character) {
    case '*':
      if (reader.rest[0] !== '*') return `${reader.one}*`
      reader.rest.shift()
      return '.*'
    case '?':
      return reader.one
    case '[':
      return characterClass(reader)
    case '{':
      return choice(reader)
    case '\\':
      return literal(reader.rest.shift() ?? '')
    default:
      return literal(character)
  }
}

/** A brace that is not closed ends with the pattern. */
function choice(reader: Reader): string | undefined {
  const choices: string[] = []
  do {
    const one = sequence(reader, ',}')
    if (one === undefined) return undefined
    choices.push(one)
  } while (reader.rest.shift() === ',')
  return `(?:${choices.join('|')})`
}

/** One range, or single characters: never both. */
function characterClass(reader: Reader): string | undefined {
  const end = reader.rest.indexOf(']')
  if (end === -1) return undefined
  const members = reader.rest.splice(0, end + 1).slice(0, -1)
  const negated = members[0] === '!'
  if (negated) members.shift()
  const [from = '', dash, to = ''] = members
  const isRange = members.length === 3 && dash === '-'
  if (members.length === 0 || (isRange && from > to)) return undefined
  return `[${negated ? '^' : ''}${isRange ? `${literal(from)}-${literal(to)}` : literal(members.join(''))}]`
}

/** The text itself, also within a character class. */
function literal(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
