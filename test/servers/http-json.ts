import { request } from 'undici'
import { isJsonObject, type Json } from '../../src/model/json.ts'

/** GET that gives JSON. @throws Error on any other status than 200 */
export async function getJson(url: string): Promise<Json> {
  const { statusCode, body } = await request(url, { headersTimeout: 10_000, bodyTimeout: 10_000 })
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`${url}: ${statusCode} ${text}`)
  return JSON.parse(text)
}

/** The value at `path`, or undefined as soon as there is no object on the way. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let found = value
  for (const key of path) found = isJsonObject(found) ? found[key] : undefined
  return found
}

export function listAt(value: Json, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}
