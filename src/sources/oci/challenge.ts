/** What a server asks for in `WWW-Authenticate` (RFC 9110, 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

const SCHEME = /\s*([A-Za-z][\w-]*)(?:\s+|$|(?=,))/y
const PARAMETER = /\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/y
const LONGEST = 8192

/** What cannot be read ends the list. */
export function readChallenges(header: string | undefined): readonly Challenge[] {
  const text = header ?? ''
  const challenges: Challenge[] = []
  if (text.length > LONGEST) return challenges
  for (let at = 0; at < text.length; ) {
    SCHEME.lastIndex = at
    const [matched = '', scheme] = SCHEME.exec(text) ?? []
    if (scheme === undefined) return challenges
    at += matched.length
    const parameters = new Map<string, string>()
    for (;;) {
      PARAMETER.lastIndex = at
      const [parameter = '', name, quoted, plain] = PARAMETER.exec(text) ?? []
      if (name === undefined) break
      parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '')
      at += parameter.length
    }
    challenges.push({ scheme: scheme.toLowerCase(), parameters })
    while (text[at] === ',' || text[at] === ' ') at += 1
  }
  return challenges
}
