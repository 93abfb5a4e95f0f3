import type { ErrorCode } from '../../model/errors.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'

/** A part of a resource with the way to it, so that what cannot be understood is named. */
export interface Fields {
  /** `spec.source.helm`. */
  readonly path: string
  readonly value: JsonObject
  /** Of what is thrown. */
  readonly code: ErrorCode
}

export function fieldsOf(value: JsonObject, code: ErrorCode, path = ''): Fields {
  return { path, value, code }
}

function at({ path }: Fields, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function wrong(of: Fields, key: string, expected: string): never {
  throw new CodedError(of.code, `${at(of, key)} is not ${expected}`)
}

/** The value of a key; null counts as absent, as in Kubernetes. */
function present({ value }: Fields, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? (value[key] ?? undefined) : undefined
}

/** @throws CodedError naming the field, as all of these do */
export function optionalText(of: Fields, key: string): string | undefined {
  const value = present(of, key)
  if (value === undefined || typeof value === 'string') return value
  return wrong(of, key, 'a text')
}

/** '' when it is absent, as Go has it. */
export function text(of: Fields, key: string): string {
  return optionalText(of, key) ?? ''
}

export function optionalFlag(of: Fields, key: string): boolean | undefined {
  const value = present(of, key)
  if (value === undefined || typeof value === 'boolean') return value
  return wrong(of, key, 'true or false')
}

export function textOrNumber(of: Fields, key: string): string | number {
  const value = present(of, key)
  if (typeof value === 'string' || typeof value === 'number') return value
  return wrong(of, key, 'a number or a text')
}

export function optionalObject(of: Fields, key: string): Fields | undefined {
  const value = present(of, key)
  if (value === undefined) return undefined
  return isJsonObject(value) ? { path: at(of, key), value, code: of.code } : wrong(of, key, 'an object')
}

/** Empty when it is absent. */
export function object(of: Fields, key: string): Fields {
  return optionalObject(of, key) ?? { path: at(of, key), value: {}, code: of.code }
}

export function objects(of: Fields, key: string): readonly Fields[] {
  return list(of, key).map((item, index) => {
    const name = `${key}[${index}]`
    return isJsonObject(item) ? { path: at(of, name), value: item, code: of.code } : wrong(of, name, 'an object')
  })
}

export function texts(of: Fields, key: string): readonly string[] {
  return list(of, key).map((item, index) => (typeof item === 'string' ? item : wrong(of, `${key}[${index}]`, 'a text')))
}

export function textMap(of: Fields, key: string): Readonly<Record<string, string>> {
  const inner = object(of, key)
  return Object.fromEntries(Object.keys(inner.value).map((name) => [name, text(inner, name)]))
}

export function flagMap(of: Fields, key: string): Readonly<Record<string, boolean>> {
  const inner = object(of, key)
  return Object.fromEntries(Object.keys(inner.value).map((name) => [name, optionalFlag(inner, name) ?? false]))
}

function list(of: Fields, key: string): readonly Json[] {
  const value = present(of, key)
  if (value === undefined) return []
  return Array.isArray(value) ? value : wrong(of, key, 'a list')
}
