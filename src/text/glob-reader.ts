import type { Pattern } from './pattern-machine.ts'

/** A glob that is being read, character by character. */
export interface GlobReader {
  readonly characters: readonly string[]
  index: number
  /** Braces that are open. */
  depth: number
}

export function readerOf(glob: string): GlobReader {
  return { characters: [...glob], index: 0, depth: 0 }
}

/** Braces within braces; nobody writes more, and each level is a call. */
export const MAX_DEPTH = 100

export function peek({ characters, index }: GlobReader, ahead = 0): string | undefined {
  return characters[index + ahead]
}

export function take(reader: GlobReader): string | undefined {
  return reader.characters[reader.index++]
}

/** From one code point to another, both included. */
export interface CharacterRange {
  readonly from: number
  readonly to: number
}

/** A class of characters by code points, as Go compares runes; JavaScript's `<` compares UTF-16 units. */
export function characterClass(ranges: readonly CharacterRange[], negated: boolean): Pattern {
  const accepts = (character: string): boolean => {
    const point = character.codePointAt(0) ?? 0
    return ranges.some(({ from, to }) => point >= from && point <= to) !== negated
  }
  return { type: 'character', accepts }
}
