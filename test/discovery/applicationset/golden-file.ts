import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseJson, printJson } from '../../../src/kubernetes/serialization/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'
import { metadata, object } from './case.ts'

/** The lines of a file in golden/, each a JSON object. */
export async function goldenLines(name: string): Promise<readonly JsonObject[]> {
  const compressed = await readFile(join(import.meta.dirname, 'golden', name))
  const lines = gunzipSync(compressed).toString('utf8').trim().split('\n')
  return lines.map((line) => object(parseJson(line)))
}

/** As the golden files write an Application: metadata and spec in one, what is empty is left out. */
export function bare(application: JsonObject): JsonObject {
  const { name, namespace, labels, annotations, finalizers } = metadata(application)
  const entries = Object.entries({ name, namespace, labels, annotations, finalizers })
  const { operation, spec = {} } = application
  return {
    ...Object.fromEntries(
      entries.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value]])),
    ),
    spec,
    ...(operation !== undefined && { operation }),
  }
}

/** As text, in one order of keys and Applications. */
export function sorted(applications: readonly JsonObject[]): readonly string[] {
  return applications.map((one) => printJson(ordered(one))).sort()
}

function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isJsonObject(value)) return value
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key] ?? null)]))
}
