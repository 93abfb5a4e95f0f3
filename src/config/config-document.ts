import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isDocument,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
} from 'yaml'
import type { Failure } from '../model/failure.ts'
import type { Json } from '../model/json.ts'
import { ConfigError } from './config-error.ts'
import { CONFIG_LIMITS } from './read-config-file.ts'

export interface Position {
  readonly line: number
  readonly column: number
}

/** A parsed config file that knows where each of its values stands. */
export interface ConfigDocument {
  readonly value: Json
  /** Whether there is a key at a JSON pointer. */
  has(pointer: string): boolean
  /** Position of the value at a JSON pointer, or of the nearest value around it. */
  valueAt(pointer: string): Position
  /** Position of the key that ends a JSON pointer; of the value where there is no such key. */
  keyAt(pointer: string): Position
}

/** @throws ConfigError `GDE_CONFIG_SYNTAX`, with every syntax error of the file */
export function parseConfigDocument(text: string, file: string): ConfigDocument {
  const lines = new LineCounter()
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const syntax = (message: string, offset: number): Failure => {
    const { line, col } = lines.linePos(offset)
    return { code: 'GDE_CONFIG_SYNTAX', message, file, line, column: col }
  }
  // Composing recurses and parsing does not, so the depth is known before it can overflow the stack.
  const deep = tokens.map(tooDeep).find((offset) => offset !== undefined)
  if (deep !== undefined) throw new ConfigError([syntax(`nested deeper than ${CONFIG_LIMITS.depth} levels`, deep)])

  const documents = [
    ...new Composer({
      version: '1.2',
      schema: 'core',
      uniqueKeys: true,
      intAsBigInt: true,
      lineCounter: lines,
    }).compose(tokens, true),
  ]
  const [document, second] = documents
  if (document === undefined || !isDocument(document)) throw new ConfigError([syntax('the file is empty', 0)])
  const [first, ...more] = document.errors.map((error) => syntax(plainMessage(error.message, error.code), error.pos[0]))
  if (first !== undefined) throw new ConfigError([first, ...more])
  if (second !== undefined)
    throw new ConfigError([syntax('the file holds more than one YAML document', second.range?.[0] ?? 0)])
  return locate(
    document,
    (offset) => {
      const { line, col } = lines.linePos(offset)
      return { line, column: col }
    },
    syntax,
  )
}

function plainMessage(message: string, code: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key is given twice'
  if (code === 'TAB_AS_INDENT') return 'a tab is used as indentation: use spaces'
  return message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message
}

function tooDeep(token: CST.Token): number | undefined {
  const rest: { readonly token: CST.Token; readonly depth: number }[] = [{ token, depth: 0 }]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { token, depth } = next
    if (depth > CONFIG_LIMITS.depth) return token.offset
    if (token.type === 'document') {
      if (token.value) rest.push({ token: token.value, depth })
    } else if ('items' in token)
      for (const item of token.items) {
        if (item.key) rest.push({ token: item.key, depth: depth + 1 })
        if (item.value) rest.push({ token: item.value, depth: depth + 1 })
      }
  }
  return undefined
}

function locate(
  document: Document.Parsed,
  positionAt: (offset: number) => Position,
  syntax: (message: string, offset: number) => Failure,
): ConfigDocument {
  const values = new Map<string, Position>()
  const keys = new Map<string, Position>()
  let nodes = 0
  let aliases = 0

  function read(node: unknown, pointer: string): Json {
    if (!isNode(node)) return null
    const offset = node.range?.[0] ?? 0
    if (!values.has(pointer)) values.set(pointer, positionAt(offset))
    nodes += 1
    if (nodes > CONFIG_LIMITS.nodes) throw new ConfigError([syntax(`more than ${CONFIG_LIMITS.nodes} values`, offset)])
    if (isAlias(node)) {
      aliases += 1
      if (aliases > CONFIG_LIMITS.aliases)
        throw new ConfigError([syntax(`more than ${CONFIG_LIMITS.aliases} aliases`, offset)])
      return read(node.resolve(document), pointer)
    }
    if (isSeq(node)) return node.items.map((item, index) => read(item, `${pointer}/${index}`))
    if (isMap(node))
      return Object.fromEntries(
        node.items.map((pair) => {
          const key = isScalar(pair.key) ? String(pair.key.value) : undefined
          const keyOffset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
          if (key === undefined) throw new ConfigError([syntax('a key must be a plain word', keyOffset)])
          const below = `${pointer}/${pointerToken(key)}`
          keys.set(below, positionAt(keyOffset))
          return [key, read(pair.value, below)]
        }),
      )
    return scalar(isScalar(node) ? node.value : null, offset)
  }

  function scalar(value: unknown, offset: number): Json {
    if (value === null || value === undefined) return null
    if (typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw new ConfigError([syntax('this value has no meaning in JSON', offset)])
  }

  const value = read(document.contents, '')
  const valueAt = (pointer: string): Position => {
    const found = values.get(pointer)
    if (found !== undefined) return found
    const slash = pointer.lastIndexOf('/')
    return slash === -1 ? { line: 1, column: 1 } : valueAt(pointer.slice(0, slash))
  }
  return {
    value,
    has: (pointer) => keys.has(pointer),
    valueAt,
    keyAt: (pointer) => keys.get(pointer) ?? valueAt(pointer),
  }
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value)
}

/** One part of a JSON pointer, escaped (RFC 6901). */
export function pointerToken(key: string | number): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1')
}
