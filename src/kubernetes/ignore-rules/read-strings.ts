import type { Json } from '../../model/json.ts'

/** The strings of a list; what is no list of strings is undefined. */
export function readStrings(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return undefined
  const strings = value.filter((item) => typeof item === 'string')
  return strings.length === value.length ? strings : undefined
}

/** A string, '' where there is none; undefined for anything else. */
export function readString(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : undefined
}
