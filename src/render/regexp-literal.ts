/** A regular expression (with the `u` flag) that matches the text itself; also good within a character class. */
export function regexpLiteral(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
