import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { keyText, resolvePlain, resolveTagged, ScalarError } from './yaml-scalar.ts'

/** What one document may grow to. */
export interface YamlLimits {
  /** As UTF-8. */
  readonly bytes: number
  /** Mappings, sequences and scalars, those behind aliases counted each time. */
  readonly nodes: number
  readonly aliases: number
  readonly depth: number
}

/** Something in the document is wrong; `offset` counts characters from its start. */
export class YamlValueError extends Error {
  readonly offset: number
  /** A limit was exceeded. */
  readonly tooLarge: boolean

  constructor(message: string, offset: number, tooLarge = false) {
    super(message)
    this.offset = offset
    this.tooLarge = tooLarge
  }
}

/** The value of an anchor, and the number of nodes that each alias of it counts as. */
interface AnchoredValue {
  readonly value: Json
  readonly nodes: number
}

/**
 * Turns a parsed node into the value that Kubernetes' YAML library makes of it: duplicate keys let the last one win,
 * and so do merges, by their place. Aliases share the value they name.
 * @param onDuplicate called for each duplicate key of a mapping
 * @throws YamlValueError
 */
export function yamlValue(
  root: Node | null,
  limits: YamlLimits,
  onDuplicate: (key: string, offset: number) => void,
): Json {
  const anchors = new Map<string, AnchoredValue | 'open'>()
  let nodes = 0
  let aliases = 0

  function count(added: number, node: Node): void {
    nodes += added
    if (nodes > limits.nodes) throw new YamlValueError(`more than ${limits.nodes} values`, offsetOf(node), true)
  }

  function readNode(node: Node | null, depth: number): Json {
    if (node === null) return null
    if (depth > limits.depth) throw new YamlValueError(`nested deeper than ${limits.depth}`, offsetOf(node), true)
    if (isAlias(node)) return readAlias(node)
    const before = nodes
    count(1, node)
    const anchor = node.anchor
    if (anchor !== undefined) anchors.set(anchor, 'open')
    const value = readContent(node, depth)
    if (anchor !== undefined) anchors.set(anchor, { value, nodes: nodes - before })
    return value
  }

  function readContent(node: Node, depth: number): Json {
    if (isScalar(node)) return readScalar(node)
    if (isSeq(node)) return readSequence(node, depth)
    if (isMap(node)) return readMapping(node, depth)
    throw new YamlValueError('not a value', offsetOf(node))
  }

  function readAlias(node: Alias): Json {
    aliases += 1
    if (aliases > limits.aliases) throw new YamlValueError(`more than ${limits.aliases} aliases`, offsetOf(node), true)
    const target = anchors.get(node.source)
    if (target === undefined) throw new YamlValueError('unknown anchor', offsetOf(node))
    if (target === 'open') throw new YamlValueError('an anchor contains itself', offsetOf(node))
    count(target.nodes, node)
    return target.value
  }

  function readSequence(node: YAMLSeq, depth: number): Json {
    return node.items.map((item) => readNode(asNode(item, node), depth + 1))
  }

  function readMapping(node: YAMLMap, depth: number): JsonObject {
    const fields = new Map<string, Json>()
    const own = new Set<string>()
    for (const pair of node.items) {
      if (isMergeKey(pair)) {
        merge(fields, pair, node, depth)
        continue
      }
      const keyNode = asNode(pair.key, node)
      const key = rethrowAt(keyNode ?? node, () => keyText(readNode(keyNode, depth + 1)))
      if (own.has(key)) onDuplicate(key, offsetOf(keyNode ?? node))
      own.add(key)
      fields.set(key, readNode(asNode(pair.value, node), depth + 1))
    }
    // Not by assignment: `__proto__` is a key like any other.
    return Object.fromEntries(fields)
  }

  /** In a list of mappings the earlier ones win. */
  function merge(fields: Map<string, Json>, pair: Pair, node: YAMLMap, depth: number): void {
    const source = asNode(pair.value, node)
    const value = readNode(source, depth + 1)
    const merged: readonly Json[] = Array.isArray(value) ? value.toReversed() : [value]
    for (const item of merged) {
      if (!isJsonObject(item))
        throw new YamlValueError('map merge requires map or sequence of maps as the value', offsetOf(source ?? node))
      for (const [key, field] of Object.entries(item)) fields.set(key, field)
    }
  }

  return readNode(root, 0)
}

function readScalar(node: Scalar): Json {
  const text = typeof node.value === 'string' ? node.value : String(node.value ?? '')
  return rethrowAt(node, () => {
    if (node.tag !== undefined && !(node.type !== 'PLAIN' && node.tag === '!')) return resolveTagged(node.tag, text)
    return node.type === 'PLAIN' ? resolvePlain(text) : text
  })
}

function isMergeKey(pair: Pair): boolean {
  const key = pair.key
  return isScalar(key) && key.value === '<<' && (key.type === 'PLAIN' || key.tag === 'tag:yaml.org,2002:merge')
}

function asNode(item: unknown, parent: Node): Node | null {
  if (item === null || item === undefined) return null
  if (isScalar(item) || isMap(item) || isSeq(item) || isAlias(item)) return item
  throw new YamlValueError('not a value', offsetOf(parent))
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0
}

function rethrowAt<T>(node: Node, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof ScalarError) throw new YamlValueError(error.message, offsetOf(node))
    throw error
  }
}
