/** A text with where its characters stand in the original. */
export interface TextView {
  readonly text: string
  /** Of each character its place in the original, and the end of it; absent when it is the original. */
  readonly starts?: readonly number[]
}

const ESCAPE =
  /(?:%[\da-fA-F]{2})+|\\u\{[\da-fA-F]{1,6}\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\[nrt"'\\/]|&(?:amp|lt|gt|quot|apos|#x[\da-fA-F]{1,6}|#\d{1,7});/g

/**
 * The text without the escapes of URLs, JSON, Go and HTML: whatever characters a program escapes, the secret is found. Undefined where
 * there are none.
 */
export function decodedView(text: string): TextView | undefined {
  if (!/[%\\&]/.test(text)) return undefined
  const parts: string[] = []
  const starts: number[] = []
  let at = 0
  const copy = (to: number): void => {
    parts.push(text.slice(at, to))
    for (; at < to; at += 1) starts.push(at)
  }
  for (const { 0: escaped, index } of text.matchAll(ESCAPE)) {
    const decoded = decode(escaped)
    if (decoded === undefined) continue
    copy(index)
    parts.push(decoded)
    // Characters of several bytes stand where the whole escape does.
    const step = escaped.length === decoded.length * 3 ? 3 : 0
    for (let offset = 0; offset < decoded.length; offset += 1) starts.push(index + offset * step)
    at = index + escaped.length
  }
  copy(text.length)
  starts.push(text.length)
  return { text: parts.join(''), starts }
}

const NAMED: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '\\n': '\n',
  '\\r': '\r',
  '\\t': '\t',
}

function decode(escaped: string): string | undefined {
  if (escaped.startsWith('%')) return Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8')
  const named = NAMED[escaped]
  if (named !== undefined) return named
  if (/^\\[ux]/.test(escaped)) return character(Number.parseInt(escaped.replace(/[^\da-fA-F]/g, ''), 16))
  if (escaped.startsWith('&#x')) return character(Number.parseInt(escaped.slice(3), 16))
  if (escaped.startsWith('&#')) return character(Number.parseInt(escaped.slice(2), 10))
  return escaped.slice(1)
}

function character(code: number): string | undefined {
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
