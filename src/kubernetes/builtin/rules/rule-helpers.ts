import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { FieldContext, FieldRule } from '../../schema/node.ts'

/** Rules by type (`group.Type`) and field; `field.*` is the rule for the items or values in the field. */
export type TypeRules = Readonly<Record<string, Readonly<Record<string, FieldRule>>>>

/** A default that is the same everywhere. */
export function always(value: Json): FieldRule {
  return { default: value }
}

/** A value of the server's own choice, kept when it is dropped from what is applied. */
export const KEPT: FieldRule = { allocated: () => true, retained: true }

/** A value of the server's own choice, or of an admission plugin's. */
export const ALLOCATED: FieldRule = { allocated: () => true }

/** The same value under another field name: compared under the name that is declared. */
export function aliasOf(field: string): FieldRule {
  return { fill: ({ live, desired }) => (desired?.[field] === undefined ? undefined : live[field]) }
}

/** The live value at a path below an object, or undefined. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let found: Json | undefined = value
  for (const key of path) {
    if (!isJsonObject(found) || !Object.hasOwn(found, key)) return undefined
    found = found[key]
  }
  return found
}

/** The text at a path below an object, '' where there is none. */
export function textAt(value: Json | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** The nearest object around the field that has the key: the pod spec around a container, say. */
export function enclosing(context: FieldContext, key: string): JsonObject | undefined {
  return context.chain.findLast((value): value is JsonObject => isJsonObject(value) && Object.hasOwn(value, key))
}

export function isEmpty(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === undefined || value === null || (isJsonObject(value) && Object.keys(value).length === 0)
}
