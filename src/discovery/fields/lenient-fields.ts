import { isJsonObject, type JsonObject } from '../../model/json.ts'

/** The object at a key; an empty one where there is something else or nothing. */
export function objectAt(value: JsonObject, key: string): JsonObject {
  const inner = Object.hasOwn(value, key) ? value[key] : undefined
  return isJsonObject(inner) ? inner : {}
}

/** The objects of the list at a key; other items are left out. */
export function listAt(value: JsonObject, key: string): readonly JsonObject[] {
  const inner = Object.hasOwn(value, key) ? value[key] : undefined
  return Array.isArray(inner) ? inner.filter(isJsonObject) : []
}

/** The text at a key; '' where there is something else or nothing. */
export function textAt(value: JsonObject, key: string): string {
  const inner = Object.hasOwn(value, key) ? value[key] : undefined
  return typeof inner === 'string' ? inner : ''
}

/** The texts of the map at a key. */
export function textsAt(value: JsonObject, key: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectAt(value, key))
  return Object.fromEntries(entries.flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])))
}

/** The texts of the list at a key; other items are left out. */
export function textListAt(value: JsonObject, key: string): readonly string[] {
  const inner = Object.hasOwn(value, key) ? value[key] : undefined
  return Array.isArray(inner) ? inner.filter((item) => typeof item === 'string') : []
}
