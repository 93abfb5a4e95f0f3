import type { ListKey } from '../kubernetes/schema/node.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'

/**
 * Guesses the defaults of keys from the live items, where there is no schema: for a key that a declared item leaves
 * out, takes the value of the live item that has the same other keys, unless that item is declared itself.
 */
export function guessDefaults(
  keys: readonly ListKey[],
  desired: readonly Json[],
  live: readonly Json[],
): readonly ListKey[] {
  if (keys.length < 2) return keys
  const declared = desired.filter(isJsonObject)
  const free = live.filter(
    (item): item is JsonObject => isJsonObject(item) && !declared.some((other) => isNamedAlike(other, item, keys)),
  )
  return keys.map(({ name }) => ({ name, default: guessDefault(name, keys, declared, free) }))
}

function guessDefault(
  name: string,
  keys: readonly ListKey[],
  declared: readonly JsonObject[],
  free: readonly JsonObject[],
): Json | undefined {
  const others = keys.filter((key) => key.name !== name)
  for (const item of declared) {
    if (item[name] !== undefined) continue
    const found = free.find((other) => others.every((key) => isLeftOutOrSame(item, other, key)))
    if (found !== undefined) return found[name]
  }
  return undefined
}

function isNamedAlike(declared: JsonObject, item: JsonObject, keys: readonly ListKey[]): boolean {
  return keys.every(({ name }) => declared[name] !== undefined && declared[name] === item[name])
}

function isLeftOutOrSame(declared: JsonObject, item: JsonObject, { name }: ListKey): boolean {
  return declared[name] === undefined || declared[name] === item[name]
}
