import { sameValue } from '../kubernetes/same-value.ts'
import { ANY, ANY_FIELD, type AnyNode, type ObjectNode, type SchemaField } from '../kubernetes/schema/node.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { walkList } from './lists.ts'
import { isControlled, isExplained, walkUndeclared } from './undeclared.ts'
import {
  addDifference,
  enterAtomic,
  fieldContext,
  fieldOf,
  isZero,
  noteInvalid,
  own,
  ownershipOf,
  type Walk,
} from './walk.ts'

const NO_KEYS: ReadonlySet<string> = new Set()

/**
 * Compares a declared object with the live one, field by field, and judges what only the live one has.
 * @param fallback the default of the whole object
 */
export function walkObject(
  walk: Walk,
  desired: JsonObject,
  live: JsonObject,
  node: ObjectNode | AnyNode,
  skipped: ReadonlySet<string> = NO_KEYS,
  fallback?: Json,
): void {
  walk.chain.push(live)
  let unmatched = countKeys(desired)
  for (const key in live) {
    const value = live[key]
    const declared = own(desired, key)
    if (declared !== undefined) unmatched -= 1
    // Fast path: most declared values are live unchanged.
    if (value === undefined || (value === declared && typeof value !== 'object') || skipped.has(key)) continue
    walk.path.push(key)
    const field = fieldOf(node, key) ?? ANY_FIELD
    if (declared === undefined) walkUndeclared(walk, value, leftBehind(field, key, fallback), desired)
    else walkField(walk, declared, value, field, desired)
    walk.path.pop()
  }
  if (unmatched > 0) walkAbsent(walk, desired, live, node, skipped)
  walk.chain.pop()
}

/** Fields that came from the object's own default stay when a smaller object is declared instead: nobody owns them. */
function leftBehind(field: SchemaField, key: string, fallback: Json | undefined): SchemaField {
  const left = isJsonObject(fallback) ? own(fallback, key) : undefined
  if (left === undefined) return field
  return { ...field, rule: { ...field.rule, allocated: (value) => sameValue(left, value, field.node) } }
}

function countKeys(object: JsonObject): number {
  let count = 0
  for (const _ in object) count += 1
  return count
}

/** Declared fields that the live object does not have. */
function walkAbsent(
  walk: Walk,
  desired: JsonObject,
  live: JsonObject,
  node: ObjectNode | AnyNode,
  skipped: ReadonlySet<string>,
): void {
  for (const key in desired) {
    const value = desired[key]
    if (value === undefined || own(live, key) !== undefined || skipped.has(key)) continue
    walk.path.push(key)
    const field = fieldOf(node, key)
    // The server prunes what its schema does not know.
    if (field === undefined) noteInvalid(walk)
    else walkField(walk, value, undefined, field, desired)
    walk.path.pop()
  }
}

/** Compares a declared value with the live one; `around` is the declared object that holds it. */
export function walkField(
  walk: Walk,
  desired: Json,
  live: Json | undefined,
  field: SchemaField,
  around: JsonObject | undefined,
): void {
  if (field.rule?.foreign?.(fieldContext(walk, around)) || isControlled(walk, field, around)) return
  if (desired === null) {
    // null declares nothing: an apply drops the field, and the server may set a default or, in a map of strings, "".
    if (live !== undefined && live !== '') walkUndeclared(walk, live, field, around)
    return
  }
  if (live === undefined || live === null) {
    // A null in a map of strings is "".
    if (!isVoid(desired, field) && !(live === null && isZero(desired, field.node)))
      addDifference(walk, 'missing', desired, undefined, field.node)
    return
  }
  const { node } = field
  // A zero value that the server drops declares nothing: a default or a value of the server's choice may have taken its place.
  if (!field.keepsZero && isZero(desired, node) && isFilled(walk, live, field, around)) return
  if (isJsonObject(desired) && isJsonObject(live)) {
    if (node.type === 'scalar' || node.type === 'list') walkObject(walk, desired, live, ANY)
    else if (node.type === 'object' && node.atomic) walkAtomicObject(walk, desired, live, node)
    else walkObject(walk, desired, live, node, NO_KEYS, field.default)
    return
  }
  if (Array.isArray(desired) && Array.isArray(live))
    walkList(walk, desired, withoutAppended(live, desired, field), node)
  else if (!sameValue(desired, live, node)) addDifference(walk, 'changed', desired, live, node)
}

function isFilled(walk: Walk, live: Json, field: SchemaField, around: JsonObject | undefined): boolean {
  if (isExplained(walk, live, field, around)) return true
  if (field.rule?.allocated?.(live, fieldContext(walk, around)) !== true) return false
  return !ownershipOf(walk)
    .owners(walk.path)
    .some(({ party }) => party === 'person')
}

function walkAtomicObject(walk: Walk, desired: JsonObject, live: JsonObject, node: ObjectNode): void {
  const before = enterAtomic(walk)
  walkObject(walk, desired, live, node)
  walk.atomicAt = before
}

/** The live list without what the server added to the declared one. */
function withoutAppended(
  live: readonly Json[],
  desired: readonly Json[],
  { rule, node }: SchemaField,
): readonly Json[] {
  const appended = rule?.appended
  if (appended === undefined) return live
  const item = node.type === 'list' ? node.item.node : node
  return live.filter((value) => !appended(value) || desired.some((declared) => sameValue(declared, value, item)))
}

/** Whether declaring the value means the same as leaving it out. */
function isVoid(desired: Json, field: SchemaField): boolean {
  const { node } = field
  if (desired === null || (!field.keepsZero && isZero(desired, node))) return true
  if (field.default !== undefined && sameValue(field.default, desired, node)) return true
  if (field.keepsZero || !isJsonObject(desired) || node.type !== 'object') return false
  return Object.entries(desired).every(([key, value]) => isVoid(value, fieldOf(node, key) ?? ANY_FIELD))
}
