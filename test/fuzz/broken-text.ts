import fc from '../fast-check.ts'

interface Splice {
  readonly at: number
  readonly removed: number
  readonly put: string
}

/** Texts of the grammar, and the same with pieces taken out and put in: most are nearly right. */
export function nearly(good: fc.Arbitrary<string>, pieces: readonly string[]): fc.Arbitrary<string> {
  const splice: fc.Arbitrary<Splice> = fc.record({
    at: fc.nat(500),
    removed: fc.nat(4),
    put: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })),
  })
  const spliced = (text: string, splices: readonly Splice[]): string =>
    splices.reduce((before, { at, removed, put }) => {
      const place = before.length === 0 ? 0 : at % before.length
      return `${before.slice(0, place)}${put}${before.slice(place + removed)}`
    }, text)
  return fc.tuple(good, fc.array(splice, { maxLength: 4 })).map(([text, splices]) => spliced(text, splices))
}

/** Bytes in pieces of any length. */
export function inPieces(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((place, index) => bytes.subarray(place, places[index] ?? bytes.length))
}
