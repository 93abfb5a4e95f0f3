/** A text to be looked for. */
export interface Needle {
  readonly text: string
  /** `word` is found only where it is a whole word, since it is too short to be told from a part of another. */
  readonly type: 'text' | 'base64' | 'word'
}

/** Shorter ones would be found inside of many words. */
const SHORTEST = 6
/** What is shorter is no secret, and to hide it would make texts unreadable. */
const SHORTEST_WORD = 3
/** Of a longer secret its beginning is looked for. */
const LONGEST = 4096
/** Lines of a key. */
const MOST_LINES = 200

/**
 * What a secret may look like in a text: as it is, a line of a key, base64 (whatever stands before it in what was encoded) in either
 * alphabet, hexadecimal. Escapes are not among these: they are taken out of the text.
 */
export function* needlesOf(secret: string): Generator<Needle> {
  const trimmed = secret.trim().slice(0, LONGEST)
  const lines = trimmed.startsWith('-----') ? trimmed.split('\n', MOST_LINES).map((line) => line.trim()) : []
  for (const text of new Set([trimmed, ...lines])) {
    // What any PEM begins with is no secret.
    if (text.startsWith('-----')) continue
    if (text.length < SHORTEST) {
      if (text.length < SHORTEST_WORD || !/^[\p{L}\p{N}_]+$/u.test(text)) continue
      yield { text, type: 'word' }
      yield { text: withoutPadding(Buffer.from(text)), type: 'word' }
    } else yield* encodings(text)
  }
}

function* encodings(text: string): Generator<Needle> {
  yield { text, type: 'text' }
  const bytes = Buffer.from(text)
  for (const shift of [0, 1, 2]) {
    const base64 = shifted(bytes, shift)
    yield { text: base64, type: 'base64' }
    if (/[+/]/.test(base64)) yield { text: base64.replaceAll('+', '-').replaceAll('/', '_'), type: 'base64' }
  }
  const hex = bytes.toString('hex')
  yield { text: hex, type: 'text' }
  yield { text: hex.toUpperCase(), type: 'text' }
}

/** The characters of the base64 that depend on the bytes alone, if so many bytes stand before them in their group of three. */
function shifted(bytes: Buffer, shift: number): string {
  const base64 = withoutPadding(Buffer.concat([Buffer.alloc(shift), bytes]))
  const isWhole = (bytes.length + shift) % 3 === 0
  return base64.slice([0, 2, 3][shift], isWhole ? undefined : -1)
}

function withoutPadding(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
