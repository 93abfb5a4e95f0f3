/** What a value takes at most, beside its text: V8 needs 56 bytes for `{}`, 32 for `[]`, and 8 for its place in the list around it. */
const VALUE_BYTES = 64

const [QUOTE, COMMA, BACKSLASH, BRACKET, BRACE] = [0x22, 0x2c, 0x5c, 0x5b, 0x7b]

/**
 * The bytes of memory that JSON takes when it is parsed, at most: told from its text alone, in time linear in it and without memory, so
 * that it can be refused before anything is parsed. Of text that is no JSON it is some number.
 */
export function jsonMemory(text: string): number {
  let values = 1
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === COMMA || code === BRACKET || code === BRACE) values += 1
    else if (code === QUOTE) at = endOfString(text, at + 1)
  }
  return text.length + values * VALUE_BYTES
}

/** The place of the closing quote. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH && end - 1 - backslashes >= from) backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return text.length
}

/** The same of UTF-8 that comes in pieces: what has come so far. */
export class JsonMeter {
  /** Bytes of memory. */
  memory = VALUE_BYTES
  #isText = false
  #isEscaped = false

  add(piece: Uint8Array): void {
    this.memory += piece.length
    for (let at = 0; at < piece.length; at += 1) {
      const code = piece[at]
      if (this.#isEscaped) this.#isEscaped = false
      else if (this.#isText) {
        if (code === QUOTE) this.#isText = false
        else if (code === BACKSLASH) this.#isEscaped = true
      } else if (code === COMMA || code === BRACKET || code === BRACE) this.memory += VALUE_BYTES
      else if (code === QUOTE) this.#isText = true
    }
  }
}
