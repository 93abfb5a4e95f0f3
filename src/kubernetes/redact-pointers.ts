import { isJsonObject, type Json } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import { parsePointer } from './json-pointer.ts'
import { asKubernetesObject } from './object.ts'
import { type RedactionKey, redactValue } from './redaction.ts'

/** Which items of a list a pointer stands for: the one at its index, or all of them. */
export type ListItems = 'item' | 'all'

/**
 * An object with keyed hashes in the place of the values at JSON pointers, whatever its kind. What is not there stays away; `null` and
 * the empty text declare no secret and stay. With `all` items, two sides of a comparison are redacted alike even where their lists are
 * in another order.
 */
export function redactPointers(
  object: KubernetesObject,
  pointers: readonly string[],
  key: RedactionKey,
  items: ListItems,
): KubernetesObject {
  let redacted: Json = object
  for (const pointer of pointers) redacted = redactAt(redacted, parsePointer(pointer) ?? [], key, items)
  return asKubernetesObject(redacted)
}

function redactAt(value: Json, [step, ...rest]: readonly string[], key: RedactionKey, items: ListItems): Json {
  if (step === undefined) return redactValue(value, key)
  if (Array.isArray(value))
    return value.map((item: Json, index) =>
      items === 'all' || String(index) === step ? redactAt(item, rest, key, items) : item,
    )
  if (!isJsonObject(value) || !Object.hasOwn(value, step)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, below]) => [name, name === step ? redactAt(below, rest, key, items) : below]),
  )
}
