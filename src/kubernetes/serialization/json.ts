import { CodedError, type Where } from '../../model/failure.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import { JsonMeter, jsonMemory } from './json-memory.ts'
import { requireMemory, takeMemory } from './parsing-budget.ts'

/**
 * A number of sixteen digits, the fewest that can leave ±(2^53 − 1), or with an exponent that leads out of what a double holds. Numbers
 * begin after what gives JSON its shape; without that, the hex of UIDs and digests would pass for one in nearly every list, which is then
 * read ten times as slowly.
 */
const INEXACT_NUMBER = /(?:^|[[:,\s])-?(?:\d{16}|\d[\d.]*[eE]\+?\d{3})/

/** Go's decoder refuses it; the language's own makes it infinite. */
class NumberRangeError extends Error {
  constructor() {
    super('a number is out of range')
  }
}

type SourceReviver = (key: string, value: Json, context: { readonly source?: string }) => Json

/** JSON with source text access, which TypeScript's library does not know yet. */
declare global {
  interface JSON {
    parse(text: string, reviver: SourceReviver): Json
    rawJSON(text: string): Json
  }
}

/**
 * Reads JSON as Kubernetes means it: integers are exact (those outside ±(2^53 − 1) become `bigint`) and a key such as
 * `__proto__` is a key like any other.
 * @param where of the text's first line
 * @param memory bytes that its values may take, where that is less than usual
 * @throws CodedError `GDE_RENDER_YAML` with line and column, never with text of the document, which may hold secrets;
 * `GDE_TOO_LARGE` when it is nested too deep, or its values take more memory than may be spent on them
 */
export function parseJson(text: string, where: Where = {}, memory?: number): Json {
  const bytes = jsonMemory(text)
  requireMemory(bytes, where, memory)
  takeMemory(bytes)
  try {
    return parsePrintedJson(text)
  } catch (error) {
    if (error instanceof NumberRangeError) throw new CodedError('GDE_RENDER_YAML', error.message, where)
    if (error instanceof RangeError)
      throw new CodedError('GDE_TOO_LARGE', 'JSON is nested too deep', where, { cause: error })
    const { line = 1, ...position } = positionOf(error, text)
    throw new CodedError('GDE_RENDER_YAML', 'not JSON', { ...where, line: (where.line ?? 1) + line - 1, ...position })
  }
}

/**
 * Whether there is room for the values of JSON: asked before it is decoded, where it is large.
 * @throws CodedError `GDE_TOO_LARGE`
 */
export function requireJsonMemory(bytes: Uint8Array, where: Where = {}): void {
  const meter = new JsonMeter()
  meter.add(bytes)
  requireMemory(meter.memory, where)
}

function exactNumber(_key: string, value: Json, context: { readonly source?: string }): Json {
  if (typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
  const source = context.source
  if (source !== undefined && /^-?\d+$/.test(source)) return BigInt(source)
  if (!Number.isFinite(value)) throw new NumberRangeError()
  return value
}

/** V8's message itself quotes the text around the place and is not passed on. */
function positionOf(error: unknown, text: string): { readonly line?: number; readonly column?: number } {
  const offset = reportedOffset(error) ?? searchOffset(text)
  if (offset === undefined) return {}
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** The offset, which V8 reports for some syntax errors. */
function reportedOffset(error: unknown): number | undefined {
  const offset = error instanceof SyntaxError ? /at position (\d+)/.exec(error.message)?.[1] : undefined
  return offset === undefined ? undefined : Number(offset)
}

/** The search parses the text some twenty times. */
const SEARCHED_LENGTH = 1_000_000

/** Binary search for the offset: the longest prefix for which V8 reports nothing but an unexpected end. */
function searchOffset(text: string): number | undefined {
  if (text.length > SEARCHED_LENGTH) return undefined
  let good = 0
  let bad = text.length + 1
  while (bad - good > 1) {
    const length = Math.floor((good + bad) / 2)
    if (isUnfinished(text.slice(0, length))) good = length
    else bad = length
  }
  return good
}

function isUnfinished(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return error.message.includes('end of JSON input') || reportedOffset(error) === text.length
  }
}

/** Reads what `printJson` wrote of values that were read before, so that no limit has to be asked again. */
export function parsePrintedJson(text: string): Json {
  return INEXACT_NUMBER.test(text) ? JSON.parse(text, exactNumber) : JSON.parse(text)
}

/** Writes JSON with exact integers: the text that `parseJson` reads back to the same value. */
export function printJson(value: Json, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent)
  } catch (error) {
    // The language's own refuses bigint; looking for one first would cost as much as printing.
    if (!(error instanceof TypeError)) throw error
    const exact = (_key: string, item: Json) => (typeof item === 'bigint' ? JSON.rawJSON(String(item)) : item)
    return JSON.stringify(value, exact, indent)
  }
}

/** Whether arrays and objects lie in one another more than `limit` levels deep. Goes no deeper itself. */
export function isDeeperThan(value: Json, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  // Loops: of the values that a thread looks through all the time each would make functions of its own.
  if (Array.isArray(value)) {
    for (const item of value) if (isDeeperThan(item, limit - 1)) return true
  } else if (isJsonObject(value)) for (const key in value) if (isDeeperThan(value[key] ?? null, limit - 1)) return true
  return false
}
