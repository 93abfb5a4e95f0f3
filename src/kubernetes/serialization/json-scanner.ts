const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c]
const [BRACKET, END_BRACKET, BRACE, END_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d]
const SPACE = 0x20

/** The bytes are not written as a server writes JSON, so nothing is told without parsing them. */
export class UnclearJsonError extends Error {}

/**
 * Walks over JSON in UTF-8 without making values of it: finds where each lies, and passes over what is not asked for, whatever is quoted
 * in it. Of the grammar it knows what it needs to find its way: what it goes through may be no JSON all the same. Takes no memory, and
 * time linear in the bytes.
 */
export class JsonScanner {
  readonly bytes: Buffer
  /** Where it stands. */
  at: number
  /** The key of the member that is gone through now, its quotes left out. */
  #keyStart = 0
  #keyEnd = 0

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /**
   * Begins to go through the object at this place: stands before the value of its first member, and whoever asks may move behind that, or let it be
   * passed over. Members are asked for one by one, since a function that is made for each object is compiled anew after each collection.
   * @returns where it stands; undefined behind an object that has none
   * @throws UnclearJsonError where there is no object, or a key is written with escapes
   */
  firstMember(): number | undefined {
    this.#require(BRACE)
    return this.#has(END_BRACE) ? undefined : this.#member()
  }

  /** The same for the next one, and behind the object after the last. @param value where it stood before the value of the last one */
  nextMember(value: number): number | undefined {
    if (this.at === value) this.pass()
    if (this.#has(COMMA)) return this.#member()
    this.#require(END_BRACE)
    return undefined
  }

  #member(): number {
    this.#passSpace()
    this.#keyStart = this.at + 1
    this.#passPlainString()
    this.#keyEnd = this.at - 1
    this.#require(COLON)
    this.#passSpace()
    return this.at
  }

  isText(): boolean {
    return this.bytes[this.at] === QUOTE
  }

  isArray(): boolean {
    return this.bytes[this.at] === BRACKET
  }

  isObject(): boolean {
    return this.bytes[this.at] === BRACE
  }

  /** The place of each item of the array at this place, where it then stands. @throws UnclearJsonError where there is none */
  *items(): Generator<number> {
    this.#require(BRACKET)
    if (this.#has(END_BRACKET)) return
    do {
      this.#passSpace()
      const before = this.at
      yield before
      if (this.at === before) this.pass()
    } while (this.#has(COMMA))
    this.#require(END_BRACKET)
  }

  /** Whether the member before whose value it stands has this key, of ASCII. */
  isKey(name: string): boolean {
    if (this.#keyEnd - this.#keyStart !== name.length) return false
    for (let index = 0; index < name.length; index += 1)
      if (this.bytes[this.#keyStart + index] !== name.charCodeAt(index)) return false
    return true
  }

  /** The string at this place, to behind it. @throws UnclearJsonError where there is none, or it is written with escapes */
  string(): string {
    const start = this.at + 1
    this.#passPlainString()
    return this.bytes.toString('utf8', start, this.at - 1)
  }

  /** The text of the value at this place, to behind it. */
  text(): string {
    const start = this.at
    this.pass()
    return this.bytes.toString('utf8', start, this.at)
  }

  /** Passes over the value at this place. */
  pass(): void {
    const first = this.bytes[this.at]
    if (first === QUOTE) this.at = endOfString(this.bytes, this.at + 1)
    else if (first === BRACE || first === BRACKET) this.#passNested()
    else this.#passBare()
  }

  /** @throws UnclearJsonError where anything follows */
  end(): void {
    this.#passSpace()
    if (this.at < this.bytes.length) throw new UnclearJsonError('something follows')
  }

  #passPlainString(): void {
    const { bytes } = this
    if (bytes[this.at] !== QUOTE) throw new UnclearJsonError('no text')
    for (let at = this.at + 1; at < bytes.length; at += 1) {
      const code = bytes[at]
      if (code === BACKSLASH) throw new UnclearJsonError('a text with escapes')
      if (code !== QUOTE) continue
      this.at = at + 1
      return
    }
    throw new UnclearJsonError('a text has no end')
  }

  #passNested(): void {
    const { bytes } = this
    let depth = 0
    for (let at = this.at; at < bytes.length; at += 1) {
      const code = bytes[at]
      if (code === QUOTE) at = endOfString(bytes, at + 1) - 1
      else if (code === BRACE || code === BRACKET) depth += 1
      else if (code === END_BRACE || code === END_BRACKET) {
        depth -= 1
        if (depth > 0) continue
        this.at = at + 1
        return
      }
    }
    throw new UnclearJsonError('an object has no end')
  }

  /** A number, or a word: to what ends it. */
  #passBare(): void {
    const start = this.at
    for (; this.at < this.bytes.length; this.at += 1) {
      const code = this.bytes[this.at] ?? COMMA
      if (code === COMMA || code === END_BRACE || code === END_BRACKET || code <= SPACE) break
    }
    if (this.at === start) throw new UnclearJsonError('a value is missing')
  }

  #passSpace(): void {
    while ((this.bytes[this.at] ?? QUOTE) <= SPACE) this.at += 1
  }

  #has(code: number): boolean {
    this.#passSpace()
    if (this.bytes[this.at] !== code) return false
    this.at += 1
    return true
  }

  #require(code: number): void {
    if (!this.#has(code)) throw new UnclearJsonError('not as it is written by servers')
  }
}

/** From so many bytes on it is quicker to ask for the next quote. */
const LONG = 64

/** The place behind the closing quote. */
function endOfString(bytes: Buffer, from: number): number {
  let at = from
  for (let long = from + LONG; at < bytes.length; long = at + LONG) {
    for (; at < long; at += 1) {
      const code = bytes[at]
      if (code === QUOTE) return at + 1
      if (code === BACKSLASH) at += 1
    }
    const quote = bytes.indexOf(QUOTE, at)
    if (quote === -1) break
    let backslashes = 0
    while (quote - backslashes > at && bytes[quote - backslashes - 1] === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return quote + 1
    at = quote + 1
  }
  throw new UnclearJsonError('a text has no end')
}
