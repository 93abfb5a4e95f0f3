import type { ErrorCode } from '../../model/errors.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'

/** An object within a resource with its path, so that errors name the field. */
export interface Fields {
  /** `spec.source.helm`. */
  readonly path: string
  readonly value: JsonObject
  /** Code of the errors that are thrown. */
  readonly code: ErrorCode
}

export function fieldsOf(value: JsonObject, code: ErrorCode, path = ''): Fields {
  return { path, value, code }
}

function pathTo({ path }: Fields, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function throwExpected(of: Fields, key: string, expected: string): never {
  throw new CodedError(of.code, `${pathTo(of, key)} is not ${expected}`)
}

/** The value of a key; null counts as absent, as in Kubernetes. */
function present({ value }: Fields, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? (value[key] ?? undefined) : undefined
}

/** @throws CodedError naming the field, as all of these do */
export function readOptionalText(of: Fields, key: string): string | undefined {
  const value = present(of, key)
  if (value === undefined || typeof value === 'string') return value
  return throwExpected(of, key, 'a text')
}

/** '' when it is absent, as in Go. */
export function readText(of: Fields, key: string): string {
  return readOptionalText(of, key) ?? ''
}

export function readOptionalFlag(of: Fields, key: string): boolean | undefined {
  const value = present(of, key)
  if (value === undefined || typeof value === 'boolean') return value
  return throwExpected(of, key, 'true or false')
}

export function readTextOrNumber(of: Fields, key: string): string | number {
  const value = present(of, key)
  if (typeof value === 'string' || typeof value === 'number') return value
  return throwExpected(of, key, 'a number or a text')
}

export function readOptionalObject(of: Fields, key: string): Fields | undefined {
  const value = present(of, key)
  if (value === undefined) return undefined
  return isJsonObject(value) ? { path: pathTo(of, key), value, code: of.code } : throwExpected(of, key, 'an object')
}

/** Empty when it is absent. */
export function readObject(of: Fields, key: string): Fields {
  return readOptionalObject(of, key) ?? { path: pathTo(of, key), value: {}, code: of.code }
}

export function readObjects(of: Fields, key: string): readonly Fields[] {
  return readList(of, key).map((item, index) => {
    const name = `${key}[${index}]`
    return isJsonObject(item)
      ? { path: pathTo(of, name), value: item, code: of.code }
      : throwExpected(of, name, 'an object')
  })
}

export function readTexts(of: Fields, key: string): readonly string[] {
  return readList(of, key).map((item, index) =>
    typeof item === 'string' ? item : throwExpected(of, `${key}[${index}]`, 'a text'),
  )
}

export function readTextMap(of: Fields, key: string): Readonly<Record<string, string>> {
  const inner = readObject(of, key)
  return Object.fromEntries(Object.keys(inner.value).map((name) => [name, readText(inner, name)]))
}

export function readFlagMap(of: Fields, key: string): Readonly<Record<string, boolean>> {
  const inner = readObject(of, key)
  return Object.fromEntries(Object.keys(inner.value).map((name) => [name, readOptionalFlag(inner, name) ?? false]))
}

function readList(of: Fields, key: string): readonly Json[] {
  const value = present(of, key)
  if (value === undefined) return []
  return Array.isArray(value) ? value : throwExpected(of, key, 'a list')
}
