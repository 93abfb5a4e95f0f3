/** Where a value stands in a file, in bytes. */
export interface Slice {
  readonly start: number
  readonly end: number
}

/** Finds where each chart stands in an index, a piece of the file at a time. */
export interface IndexScan {
  /** @returns false when the index has a form that this does not know: the scan is over */
  push(piece: Buffer): boolean
  /** @returns undefined when there were no entries */
  end(): ReadonlyMap<string, Slice> | undefined
}

const NEWLINE = 0x0a
const SPACE = 0x20
/** `entries:` alone, or with a comment behind it. */
const ENTRIES = /^(?:entries|"entries"|'entries'):\s*(?:#.*)?$/
const EMPTY_ENTRIES = /^entries:\s*(?:\{\s*\}|null|~)\s*$/
/** A name, and nothing or an empty list behind it. */
const CHART = /^([\w][\w./-]*|"[\w./-]+"|'[\w./-]+'):\s*(?:\[\s*\]\s*)?$/
/** What YAML takes for something else than a text: words, numbers, dates. */
const NO_TEXT = /^(?:null|true|false|yes|no|on|off|y|n|[\d_.+-]+(?:e[\d+-]*)?|0[xob].*)$/i
const LONGEST_LINE = 1 << 20

/**
 * Of YAML in block style, as every tool writes it. What belongs to a chart stands deeper than its name, as YAML has it (8.2.1 of its
 * specification), so that the lines at the depth of the names say where charts begin; what is between them is for the parser.
 */
export class YamlIndexScan implements IndexScan {
  readonly #charts = new Map<string, Slice>()
  #rest: Buffer = Buffer.alloc(0)
  /** Offset of `#rest` in the file. */
  #at = 0
  #state: 'before' | 'entries' | 'after' = 'before'
  #hadEntries = false
  #indent = 0
  #open: { readonly name: string; readonly start: number } | undefined

  push(piece: Buffer): boolean {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (!this.#line(bytes, start, end)) return false
      start = end + 1
    }
    this.#at += start
    this.#rest = Buffer.from(bytes.subarray(start))
    return this.#rest.length <= LONGEST_LINE
  }

  end(): ReadonlyMap<string, Slice> | undefined {
    if (!this.#line(this.#rest, 0, this.#rest.length)) return undefined
    this.#close(this.#at + this.#rest.length)
    return this.#hadEntries ? this.#charts : undefined
  }

  #line(bytes: Buffer, start: number, end: number): boolean {
    let text = start
    while (text < end && bytes[text] === SPACE) text += 1
    const indent = text - start
    // Most lines belong to some version of some chart.
    if (this.#state === 'entries' && this.#indent > 0 && indent > this.#indent) return true
    if (text - start === 0 && this.#state === 'after' && end > start && bytes[start] !== 0x2d) return true
    const line = bytes.toString('utf8', text, end).trimEnd()
    if (line === '' || line.startsWith('#')) return true
    return indent === 0 ? this.#topLevel(line, this.#at + start) : this.#inside(line, indent, this.#at + start)
  }

  #topLevel(line: string, offset: number): boolean {
    if (line === '---') return this.#state === 'before' && !this.#hadEntries
    if (line.startsWith('---') || line.startsWith('...') || /^[%{[\t-]/.test(line)) return false
    if (this.#state === 'entries') {
      this.#close(offset)
      this.#state = 'after'
    }
    if (EMPTY_ENTRIES.test(line)) this.#hadEntries = true
    else if (ENTRIES.test(line)) {
      if (this.#hadEntries) return false
      this.#hadEntries = true
      this.#state = 'entries'
    } else if (/^["']?entries\b/.test(line)) return false
    return true
  }

  #inside(line: string, indent: number, offset: number): boolean {
    if (this.#state !== 'entries') return true
    if (this.#indent === 0) this.#indent = indent
    if (indent < this.#indent) return false
    // A sequence may stand at the depth of its key.
    if (/^-(?: |$)/.test(line)) return this.#open !== undefined
    const [, written = ''] = CHART.exec(line) ?? []
    const name = written.replaceAll(/^["']|["']$/g, '')
    if (name === '' || this.#charts.has(name) || this.#open?.name === name) return false
    if (written === name && NO_TEXT.test(name)) return false
    this.#close(offset)
    this.#open = { name, start: offset }
    return true
  }

  #close(end: number): void {
    if (this.#open === undefined) return
    this.#charts.set(this.#open.name, { start: this.#open.start, end })
    this.#open = undefined
  }
}

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [
  0x22, 0x5c, 0x3a, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d,
]
const LONGEST_KEY = 4096

/** Of JSON: braces and brackets outside of strings say how deep a place is. */
export class JsonIndexScan implements IndexScan {
  readonly #charts = new Map<string, Slice>()
  #at = 0
  #depth = 0
  #inString = false
  #escaped = false
  /** Bytes of the key that is being read, at the depth of `entries` and of the charts. */
  #key: number[] | undefined
  #names: (string | undefined)[] = []
  #expectsKey = false
  #valueStart: number | undefined
  #hadEntries = false

  push(piece: Buffer): boolean {
    for (let index = 0; index < piece.length; index += 1) {
      const byte = piece[index] ?? 0
      if (this.#inString) this.#inText(byte)
      else if (!this.#outside(byte, this.#at + index)) return false
      if (this.#key !== undefined && this.#key.length > LONGEST_KEY) return false
    }
    this.#at += piece.length
    return true
  }

  end(): ReadonlyMap<string, Slice> | undefined {
    return this.#depth === 0 && !this.#inString && this.#hadEntries ? this.#charts : undefined
  }

  #inText(byte: number): void {
    if (!this.#escaped && byte === QUOTE) this.#inString = false
    else this.#key?.push(byte)
    this.#escaped = !this.#escaped && byte === BACKSLASH
  }

  #outside(byte: number, offset: number): boolean {
    switch (byte) {
      case QUOTE:
        this.#inString = true
        if (this.#expectsKey) this.#key = []
        return true
      case COLON:
        return this.#isOfInterest ? this.#keyEnds(offset) : true
      case COMMA:
        if (!this.#isOfInterest) return true
        this.#valueEnds(offset)
        this.#expectsKey = true
        return true
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.#depth += 1
        this.#expectsKey = byte === OPEN_OBJECT && this.#isOfInterest
        // What is asked for are objects in objects.
        return !(byte === OPEN_LIST && this.#isOfInterest)
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        if (this.#isOfInterest) this.#valueEnds(offset)
        this.#expectsKey = false
        this.#depth -= 1
        return this.#depth >= 0
      default:
        return true
    }
  }

  /** In the object itself, or in its `entries`. */
  get #isOfInterest(): boolean {
    return this.#depth === 1 || (this.#depth === 2 && this.#names[1] === 'entries')
  }

  #keyEnds(offset: number): boolean {
    if (this.#key === undefined) return false
    const name = keyText(Buffer.from(this.#key))
    if (name === undefined) return false
    this.#key = undefined
    this.#expectsKey = false
    this.#names[this.#depth] = name
    if (this.#depth === 1 && name === 'entries') {
      if (this.#hadEntries) return false
      this.#hadEntries = true
    }
    this.#valueStart = offset + 1
    return true
  }

  #valueEnds(offset: number): void {
    const name = this.#names[2]
    if (this.#depth === 2 && name !== undefined && this.#valueStart !== undefined)
      this.#charts.set(name, { start: this.#valueStart, end: offset })
    this.#names[this.#depth] = undefined
    this.#valueStart = undefined
  }
}

function keyText(bytes: Buffer): string | undefined {
  try {
    const text: unknown = JSON.parse(`"${bytes.toString('utf8')}"`)
    return typeof text === 'string' ? text : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
