import { createHmac } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import { decodeBase64 } from './serialization/base64.ts'
import { parseJson, printJson } from './serialization/json.ts'

/** Random at each start and kept in memory only, so that nobody can find a value by hashing guesses. */
export type RedactionKey = Uint8Array

/** `kubectl apply` keeps the whole manifest here, the values of a Secret included. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const REDACTED = /^redacted:[0-9a-f]{32}$/

/** Whether `redactObject` replaced the value. */
export function isRedacted(value: Json | undefined): boolean {
  return typeof value === 'string' && value.startsWith('redacted:') && REDACTED.test(value)
}

/**
 * A Secret whose values are replaced by keyed hashes: `stringData` is folded into `data` as the server does it, base64 decoded (so
 * every spelling of a value has one hash). `null`, which declares nothing, and the empty value, which an apply makes of it, hold no secret
 * and stay. In the last-applied annotation values are sealed where they stand. Other kinds are returned as they are. Sealing twice
 * changes nothing.
 */
export function redactObject(object: KubernetesObject, key: RedactionKey): KubernetesObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object
  const metadata = redactMetadata(object.metadata, key)
  return { ...redactValues(object, key), apiVersion: object.apiVersion, kind: object.kind, metadata }
}

function redactMetadata(metadata: KubernetesObject['metadata'], key: RedactionKey): KubernetesObject['metadata'] {
  const annotations = metadata.annotations
  if (!isJsonObject(annotations)) return metadata
  const applied = annotations[LAST_APPLIED]
  if (applied === undefined) return metadata
  return { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: redactLastApplied(applied, key) } }
}

function redactLastApplied(text: Json, key: RedactionKey): string {
  if (typeof text !== 'string') return redact('invalid', printJson(text), key)
  const applied = parseOrNull(text)
  return isJsonObject(applied) ? printJson(redactRecord(applied, key)) : redact('invalid', text, key)
}

/** Null for an annotation that cannot be parsed, which is then redacted as a whole: nothing of it may be shown. */
function parseOrNull(text: string): Json {
  if (isRedacted(text)) return null
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

/** The values as the server stores them: `stringData` merged over `data`. */
function redactValues(secret: JsonObject, key: RedactionKey): JsonObject {
  const { data, stringData, ...rest } = secret
  if (stringData === undefined || stringData === null)
    return data === undefined ? rest : { ...rest, data: redactMap(data, (value) => redactData(value, key), key) }
  const strings = redactMap(stringData, (value) => redactText(value, key), key)
  if (!isJsonObject(strings)) return { ...rest, stringData: strings }
  const bytes = data === undefined ? {} : redactMap(data, (value) => redactData(value, key), key)
  return { ...rest, data: { ...strings, ...(isJsonObject(bytes) ? bytes : {}), ...declaredIn(strings) } }
}

function declaredIn(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
}

/**
 * Values are replaced in `data` and `stringData` alike, without folding: the record shows which of both was applied.
 */
function redactRecord(secret: JsonObject, key: RedactionKey): JsonObject {
  const { data, stringData, ...rest } = secret
  return {
    ...rest,
    ...(data !== undefined && { data: redactMap(data, (value) => redactData(value, key), key) }),
    ...(stringData !== undefined && {
      stringData: redactMap(stringData, (value) => (isRedacted(value) ? value : redactText(value, key)), key),
    }),
  }
}

/** Anything but a map is redacted as a whole; the server would reject it. */
function redactMap(values: Json, redactValue: (value: Json) => Json, key: RedactionKey): Json {
  if (values === null || isRedacted(values)) return values
  if (!isJsonObject(values)) return redact('invalid', printJson(values), key)
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, redactValue(value)]))
}

function redactData(value: Json, key: RedactionKey): Json {
  if (value === null || value === '' || isRedacted(value)) return value
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined
  return bytes === undefined ? redact('invalid', printJson(value), key) : redact('value', bytes, key)
}

/** A value that stands anywhere: a hash of the text, or of the value as JSON. */
export function redactValue(value: Json, key: RedactionKey): Json {
  return isRedacted(value) ? value : redactText(value, key)
}

function redactText(value: Json, key: RedactionKey): Json {
  if (value === null || value === '') return value
  return typeof value === 'string' ? redact('value', value, key) : redact('invalid', printJson(value), key)
}

/** Rejected values are hashed in another domain, so that they never equal an accepted one. */
function redact(domain: 'value' | 'invalid', content: string | Uint8Array, key: RedactionKey): string {
  const hash = createHmac('sha256', key).update(domain).update('\0').update(content).digest('hex')
  return `redacted:${hash.slice(0, 32)}`
}
