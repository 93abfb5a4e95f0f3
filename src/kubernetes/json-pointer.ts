/** One step of a JSON pointer (RFC 6901). */
export function escapeToken(token: string): string {
  return token.includes('~') || token.includes('/') ? token.replaceAll('~', '~0').replaceAll('/', '~1') : token
}

/** The steps of a JSON pointer; undefined for a text that is none. */
export function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return []
  return pointer.startsWith('/') ? pointer.slice(1).split('/').map(unescapeToken) : undefined
}

function unescapeToken(token: string): string {
  return token.includes('~') ? token.replaceAll('~1', '/').replaceAll('~0', '~') : token
}

/** Why a text is no JSON pointer to a field; undefined if it is one. */
export function pointerError(pointer: string): string | undefined {
  return pointer.startsWith('/') && !/~(?![01])/.test(pointer)
    ? undefined
    : 'a JSON pointer starts with "/" and escapes "~" as "~0"'
}
