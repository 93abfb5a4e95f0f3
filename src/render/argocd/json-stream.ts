import { parseJson } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'

export interface JsonValue {
  readonly value: Json
  /** Offsets of its first character and behind its last one. */
  readonly start: number
  readonly end: number
}

/** White space, a bracket, a string, or a run of anything else: enough to tell where a value ends. */
const TOKEN = /\s+|[{}[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s{}[\],:"]+/y

/**
 * The values of a stream of JSON, one behind the other with or without white space between them, as Go's decoder reads them. It ends
 * where the text does or where no value can be read.
 * @throws CodedError `GDE_TOO_LARGE` for one that is nested too deep
 */
export function* jsonValues(text: string): Generator<JsonValue> {
  let offset = 0
  for (;;) {
    const span = nextSpan(text, offset)
    if (span === undefined) return
    const value = parsed(text.slice(span.start, span.end))
    if (value === undefined) return
    yield { value, ...span }
    offset = span.end
  }
}

function nextSpan(text: string, from: number): { readonly start: number; readonly end: number } | undefined {
  let start = -1
  let depth = 0
  TOKEN.lastIndex = from
  for (let token = TOKEN.exec(text)?.[0]; token !== undefined; token = TOKEN.exec(text)?.[0]) {
    const end = TOKEN.lastIndex
    if (/^\s/.test(token)) continue
    if (start === -1) start = end - token.length
    if (token === '{' || token === '[') depth += 1
    if (token === '}' || token === ']') depth -= 1
    if (depth <= 0) return { start, end }
  }
  return undefined
}

/** Undefined for what is no JSON. */
function parsed(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof CodedError && error.failure.code === 'GDE_RENDER_YAML') return undefined
    throw error
  }
}
