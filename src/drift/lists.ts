import {
  type AnyNode,
  type ListKey,
  type ListNode,
  type SchemaNode,
  UNKNOWN,
  UNKNOWN_FIELD,
} from '../kubernetes/schema/node.ts'
import { printJson } from '../kubernetes/serialization/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { guessDefaults } from './key-defaults.ts'
import { walkUndeclaredItem } from './undeclared.ts'
import { addDifference, enterAtomic, ownershipOf, type Walk } from './walk.ts'

type Shape = Pick<ListNode, 'list' | 'keys' | 'item'>

/** Compares two lists as the server merges them: as a whole, as a set, or item by item by their keys. */
export function walkList(walk: Walk, desired: readonly Json[], live: readonly Json[], node: SchemaNode): void {
  const shape = shapeOf(walk, desired, live, node)
  walk.chain.push(live)
  if (shape.list === 'atomic' || walk.atomicAt !== -1) walkAtomic(walk, desired, live, node, shape)
  else if (shape.list === 'set') walkSet(walk, desired, live, shape)
  else walkKeyed(walk, desired, live, shape)
  walk.chain.pop()
}

/** Without a schema managedFields may show how a list is merged; free-form lists are replaced as a whole. */
function shapeOf(walk: Walk, desired: readonly Json[], live: readonly Json[], node: SchemaNode): Shape {
  if (node.type === 'list') return node
  const item = { ...UNKNOWN_FIELD, node: node.type === 'any' ? itemOf(node) : UNKNOWN_FIELD.node }
  if (node.type !== 'any' || node.known) return { list: 'atomic', keys: [], item }
  const { list, keys } = ownershipOf(walk).listShape(walk.path)
  return { list, keys: guessDefaults(keys, desired, live), item }
}

/** A type that is said of a list and is no list's is that of its items. */
function itemOf(node: AnyNode): AnyNode {
  return node.like?.type === 'list' ? { ...node, like: node.like.item.node } : node
}

function walkAtomic(walk: Walk, desired: readonly Json[], live: readonly Json[], node: SchemaNode, shape: Shape): void {
  if (desired.length !== live.length) {
    addDifference(walk, 'changed', desired, live, node)
    return
  }
  const before = enterAtomic(walk)
  const indexes: ItemIndexes = { desired: 0, live: 0 }
  for (let index = 0; index < desired.length; index++) {
    indexes.desired = index
    indexes.live = index
    walkPair(walk, desired[index], live[index], shape, indexes)
  }
  walk.atomicAt = before
}

/** Indexes of an item in the desired and in the live list. */
interface ItemIndexes {
  desired: number
  live: number
}

/** Compares a desired item with a live one. */
function walkPair(
  walk: Walk,
  value: Json | undefined,
  item: Json | undefined,
  shape: Shape,
  indexes: ItemIndexes,
): void {
  if (value === undefined || item === undefined || (value === item && typeof value !== 'object')) return
  walk.path.push({ desired: indexes.desired, live: indexes.live, list: shape, item })
  walk.walkField(walk, value, item, shape.item, undefined)
  walk.path.pop()
}

function walkSet(walk: Walk, desired: readonly Json[], live: readonly Json[], shape: Shape): void {
  const declared = new Set(desired)
  const present = new Set(live)
  for (const [index, value] of desired.entries()) {
    if (present.has(value)) continue
    walk.path.push({ desired: index, live: index, list: shape, item: value })
    addDifference(walk, 'missing', value, undefined, shape.item.node)
    walk.path.pop()
  }
  for (const [index, item] of live.entries()) if (!declared.has(item)) walkUndeclaredItem(walk, item, index, shape)
}

function walkKeyed(walk: Walk, desired: readonly Json[], live: readonly Json[], shape: Shape): void {
  // Fast path: while both lists have the same items at the same indexes, no lookup is needed.
  let aligned = 0
  const indexes: ItemIndexes = { desired: 0, live: 0 }
  while (aligned < desired.length && aligned < live.length && isSameItem(desired[aligned], live[aligned], shape)) {
    indexes.desired = aligned
    indexes.live = aligned
    walkPair(walk, desired[aligned], live[aligned], shape, indexes)
    aligned += 1
  }
  if (aligned < desired.length || aligned < live.length) walkRest(walk, desired, live, shape, aligned)
}

function isSameItem(desired: Json | undefined, live: Json | undefined, shape: Shape): boolean {
  if (desired === undefined || live === undefined) return false
  if (isJsonObject(desired) && isJsonObject(live) && shape.keys.every((key) => isSameKey(desired, live, key)))
    return true
  return keyText(desired, shape) === keyText(live, shape)
}

/** Whether both have the same scalar key; keys that are left out are compared by `keyText`. */
function isSameKey(desired: JsonObject, live: JsonObject, { name }: ListKey): boolean {
  return desired[name] !== undefined && typeof desired[name] !== 'object' && desired[name] === live[name]
}

/** Matches items from `start` on by their keys; several with the same keys are matched in order. */
function walkRest(walk: Walk, desired: readonly Json[], live: readonly Json[], shape: Shape, start: number): void {
  const free = new Map<string, number[]>()
  for (let index = live.length - 1; index >= start; index--) {
    const key = keyText(live[index] ?? null, shape)
    const indexes = free.get(key)
    if (indexes === undefined) free.set(key, [index])
    else indexes.push(index)
  }
  let last = -1
  let isReordered = false
  for (let index = start; index < desired.length; index++) {
    const value = desired[index] ?? null
    const liveIndex = free.get(keyText(value, shape))?.pop()
    if (liveIndex === undefined) {
      walk.path.push({ desired: index, live: index, list: shape, item: value })
      addDifference(walk, 'missing', value, undefined, shape.item.node)
      walk.path.pop()
      continue
    }
    walkPair(walk, value, live[liveIndex], shape, { desired: index, live: liveIndex })
    if (liveIndex < last) isReordered = true
    last = liveIndex
  }
  // The order counts: the server keeps it, and an apply would restore the declared one.
  if (isReordered) addDifference(walk, 'changed', desired, live, UNKNOWN)
  for (const index of [...free.values()].flat().sort((a, b) => a - b))
    walkUndeclaredItem(walk, live[index] ?? null, index, shape)
}

/** The keys of an item as text, each of its own type: port 80 is not port "80". */
function keyText(item: Json, { keys }: Shape): string {
  if (!isJsonObject(item)) return `?${printJson(item)}`
  const [only] = keys
  if (only !== undefined && keys.length === 1) return valueText(item[only.name], only)
  return keys.map((key) => valueText(item[key.name], key)).join('\0')
}

/** A key that is left out has its default, or else Go's zero value, which the server may write. */
function valueText(value: Json | undefined, key: ListKey): string {
  const isLeftOut = value === undefined || value === null || value === '' || value === 0
  const meant = isLeftOut ? (key.default ?? '') : value
  if (meant === '' || meant === 0) return '-'
  return typeof meant === 'string' ? `"${meant}` : printJson(meant)
}
