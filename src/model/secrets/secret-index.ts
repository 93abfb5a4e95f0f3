import { decodedView, type TextView } from './decoded-view.ts'
import { type Needle, needlesOf } from './needles.ts'

/** What stands in a text instead of a secret. */
export const HIDDEN = '[hidden]'

/** Needles are found by what they begin with. */
const ANCHOR = 6
/** Characters of all needles together: some 20,000 tokens. */
const MOST_CHARACTERS = 8 << 20
/** Comparisons that a text may take, for each of its characters and beyond: only a text made for it takes more. */
const COMPARISONS_PER_CHARACTER = 64
const MORE_COMPARISONS = 1 << 20
/** Whoever quotes may cut: so much of a secret is one, or half of it. */
const SHORTEST_PART = 8

const WORD = /[\p{L}\p{N}_]+/gu

interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Texts that must not be shown, found in other texts in whatever encoding (`needles.ts`, `decoded-view.ts`), and in part where a quote
 * was cut. The time is linear in the text; where it would not be, or there are too many secrets, nothing of the text is shown.
 */
export class SecretIndex {
  readonly #anchored = new Map<string, Needle[]>()
  /** Too short to be looked for inside of words. */
  readonly #words = new Set<string>()
  readonly #counts = new Map<string, number>()
  /** By the first three characters of anchors: most of a text is passed over. */
  readonly #filter = new Uint8Array(1 << 16)
  #characters = 0
  #dropped = 0

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret)
  }

  /** A secret may be added several times, and is known until it was deleted as often. */
  add(secret: string): void {
    const count = this.#counts.get(secret) ?? 0
    this.#counts.set(secret, count + 1)
    if (count === 0) this.#insert(secret)
  }

  delete(secret: string): void {
    const count = this.#counts.get(secret) ?? 0
    if (count > 1) this.#counts.set(secret, count - 1)
    else if (this.#counts.delete(secret)) {
      this.#dropped += 1
      // Rare: a credential was replaced. What was once secret stays hidden a while.
      if (this.#dropped > 100 && this.#dropped > this.#counts.size) this.#rebuild()
    }
  }

  /** The text with every secret replaced by `HIDDEN`. */
  hide(text: string): string {
    if (this.#counts.size === 0 || text === '') return text
    const spans = this.#characters > MOST_CHARACTERS ? 'too many' : this.#spans(text)
    if (spans === 'too many') return HIDDEN
    spans.sort((one, other) => one.start - other.start)
    let shown = ''
    let at = 0
    for (const { start, end } of spans) {
      if (end <= at) continue
      if (start >= at) shown += text.slice(at, start) + HIDDEN
      at = end
    }
    return shown + text.slice(at)
  }

  #insert(secret: string): void {
    for (const needle of needlesOf(secret)) {
      this.#characters += needle.text.length
      if (needle.type === 'word') {
        this.#words.add(needle.text)
        continue
      }
      const anchor = needle.text.slice(0, ANCHOR)
      const known = this.#anchored.get(anchor)
      if (known === undefined) this.#anchored.set(anchor, [needle])
      else known.push(needle)
      this.#filter[filterKey(anchor, 0)] = 1
    }
  }

  #rebuild(): void {
    this.#anchored.clear()
    this.#words.clear()
    this.#filter.fill(0)
    this.#characters = 0
    this.#dropped = 0
    for (const secret of this.#counts.keys()) this.#insert(secret)
  }

  #spans(text: string): Span[] | 'too many' {
    const spans: Span[] = []
    const decoded = decodedView(text)
    const budget = { comparisons: MORE_COMPARISONS + COMPARISONS_PER_CHARACTER * text.length }
    for (const view of decoded === undefined ? [{ text }] : [{ text }, decoded])
      if (!this.#collect(view, spans, budget)) return 'too many'
    return spans
  }

  /** @returns false when the budget is spent */
  #collect({ text, starts }: TextView, spans: Span[], budget: { comparisons: number }): boolean {
    const add = (from: number, to: number): void => {
      spans.push(starts === undefined ? { start: from, end: to } : { start: starts[from] ?? 0, end: starts[to] ?? 0 })
    }
    for (let at = 0; at + ANCHOR <= text.length; at += 1) {
      if (this.#filter[filterKey(text, at)] !== 1) continue
      for (const needle of this.#anchored.get(text.slice(at, at + ANCHOR)) ?? []) {
        const length = commonLength(needle.text, text, at)
        budget.comparisons -= length
        if (budget.comparisons < 0) return false
        const enough = Math.min(needle.text.length, Math.max(SHORTEST_PART, Math.ceil(needle.text.length / 2)))
        if (length < enough) continue
        if (needle.type === 'base64') add(startOfBase64(text, at), endOfBase64(text, at + length))
        else add(at, at + length)
      }
    }
    if (this.#words.size > 0)
      for (const { 0: word, index } of text.matchAll(WORD)) if (this.#words.has(word)) add(index, index + word.length)
    return true
  }
}

function filterKey(text: string, at: number): number {
  return (text.charCodeAt(at) * 961 + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) & 0xffff
}

function commonLength(needle: string, text: string, at: number): number {
  let length = ANCHOR
  while (length < needle.length && needle.charCodeAt(length) === text.charCodeAt(at + length)) length += 1
  return length
}

/** The characters at both ends hold bits of the secret, too. */
function startOfBase64(text: string, start: number): number {
  return start > 0 && /[\w+/-]/.test(text.charAt(start - 1)) ? start - 1 : start
}

function endOfBase64(text: string, end: number): number {
  return end + (/^[\w+/-]?={0,2}/.exec(text.slice(end, end + 3))?.[0].length ?? 0)
}
