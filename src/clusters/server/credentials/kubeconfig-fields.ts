import { dirname, isAbsolute, join } from 'node:path'
import type { JsonObject } from '../../../model/json.ts'

/** Paths are relative to the kubeconfig that names them. */
export function besideFile(path: string, file: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path)
}

/** YAML may read an unquoted password or token as a number. */
export function textOf(object: JsonObject, field: string): string | undefined {
  const value = object[field]
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined
}
