import assert from 'node:assert/strict'
import { parseJson, printJson } from '../../../src/kubernetes/serialization/json.ts'
import { JsonMeter, jsonMemory } from '../../../src/kubernetes/serialization/json-memory.ts'
import { jsonValues } from '../../../src/render/argocd/json-stream.ts'
import fc from '../../fast-check.ts'
import { inPieces, nearly } from '../broken-text.ts'
import { type FuzzTarget, refusedOr } from '../target.ts'

const PIECES = ['{', '}', '[', ']', ',', ':', '"', '\\', '\\u', '\ud800', '1e999', '9007199254740993', 'null', '\0', '﻿']

function builtIn(text: string): unknown {
  try {
    let isInRange = true
    const value: unknown = JSON.parse(text, (_, item) => {
      if (typeof item === 'number' && !Number.isFinite(item)) isInRange = false
      return item
    })
    // Go refuses what no double holds, but integers have as many digits as they like here.
    return isInRange || /\d{300}/.test(text) ? { value } : undefined
  } catch {
    return undefined
  }
}

/** JSON is what the language's own parser takes for it, and its memory is told alike from a text and from bytes in pieces. */
export const json: FuzzTarget = {
  name: 'JSON',
  shortRuns: 1000,
  prepare: async () =>
    fc.property(nearly(fc.json(), PIECES), fc.array(fc.nat(), { maxLength: 3 }), (text, cuts) => {
      const read = refusedOr(/^GDE_RENDER_YAML$/, () => ({ value: parseJson(text) }))
      const theirs = builtIn(text)
      assert.equal(read === undefined, theirs === undefined)
      // A fraction that is too long for a double is written without it.
      const printed = read === undefined ? 'null' : printJson(read.value)
      assert.equal(printJson(parseJson(printed)), printed)
      for (const { value } of jsonValues(text)) printJson(value)
      const bytes = Buffer.from(text)
      const meter = new JsonMeter()
      for (const piece of inPieces(bytes, cuts)) meter.add(piece)
      assert.equal(meter.memory - bytes.length, jsonMemory(text) - text.length)
    }),
}
