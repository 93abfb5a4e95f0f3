import { createHmac } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import { decodeBase64 } from './serialization/base64.ts'
import { parseJson, printJson } from './serialization/json.ts'

/** Made anew at each start and held in memory alone, so that a sealed value cannot be guessed from elsewhere. */
export type SealingKey = Uint8Array

/** `kubectl apply` keeps the whole manifest here, the values of a Secret included. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const SEALED = /^sealed:[0-9a-f]{32}$/

/** Whether a value is what `sealObject` put in the place of a secret one. */
export function isSealed(value: Json | undefined): boolean {
  return typeof value === 'string' && value.startsWith('sealed:') && SEALED.test(value)
}

/**
 * A Secret whose values are replaced by keyed hashes: `stringData` is folded into `data` as the server does it, base64 decoded (so
 * every spelling of a value has one hash). In the last-applied annotation values are sealed where they stand. Other kinds are
 * returned as they are. Sealing twice changes nothing.
 */
export function sealObject(object: KubernetesObject, key: SealingKey): KubernetesObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object
  const metadata = sealMetadata(object.metadata, key)
  return { ...sealValues(object, key), apiVersion: object.apiVersion, kind: object.kind, metadata }
}

function sealMetadata(metadata: KubernetesObject['metadata'], key: SealingKey): KubernetesObject['metadata'] {
  const annotations = metadata.annotations
  if (!isJsonObject(annotations)) return metadata
  const applied = annotations[LAST_APPLIED]
  if (applied === undefined) return metadata
  return { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: sealLastApplied(applied, key) } }
}

function sealLastApplied(text: Json, key: SealingKey): string {
  if (typeof text !== 'string') return seal('invalid', printJson(text), key)
  const applied = parseOrNull(text)
  return isJsonObject(applied) ? printJson(sealRecord(applied, key)) : seal('invalid', text, key)
}

/** Whatever is wrong with the annotation, nothing of it may be seen: it is sealed as a whole. */
function parseOrNull(text: string): Json {
  if (isSealed(text)) return null
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

/** The values as the server stores them: `stringData` in `data`, over what stands there. */
function sealValues(secret: JsonObject, key: SealingKey): JsonObject {
  const { data, stringData, ...rest } = secret
  if (stringData === undefined || stringData === null)
    return data === undefined ? rest : { ...rest, data: sealMap(data, (value) => sealData(value, key), key) }
  const strings = sealMap(stringData, (value) => sealText(value, key), key)
  if (!isJsonObject(strings)) return { ...rest, stringData: strings }
  const bytes = data === undefined ? {} : sealMap(data, (value) => sealData(value, key), key)
  return { ...rest, data: { ...(isJsonObject(bytes) ? bytes : {}), ...strings } }
}

/** The values where they stand: a record of what was applied keeps its own words. */
function sealRecord(secret: JsonObject, key: SealingKey): JsonObject {
  const { data, stringData, ...rest } = secret
  return {
    ...rest,
    ...(data !== undefined && { data: sealMap(data, (value) => sealData(value, key), key) }),
    ...(stringData !== undefined && {
      stringData: sealMap(stringData, (value) => (isSealed(value) ? value : sealText(value, key)), key),
    }),
  }
}

/** What is no map is sealed as a whole; the server would reject it. */
function sealMap(values: Json, sealValue: (value: Json) => Json, key: SealingKey): Json {
  if (values === null || isSealed(values)) return values
  if (!isJsonObject(values)) return seal('invalid', printJson(values), key)
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, sealValue(value)]))
}

function sealData(value: Json, key: SealingKey): Json {
  // A server may write empty bytes as null.
  if (value === null) return seal('value', '', key)
  if (isSealed(value)) return value
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined
  return bytes === undefined ? seal('invalid', printJson(value), key) : seal('value', bytes, key)
}

function sealText(value: Json, key: SealingKey): string {
  // null in a map of strings is the empty string to Go's decoder.
  if (value === null) return seal('value', '', key)
  return typeof value === 'string' ? seal('value', value, key) : seal('invalid', printJson(value), key)
}

/** What the server would reject is hashed apart, so that it never equals an accepted value. */
function seal(domain: 'value' | 'invalid', content: string | Uint8Array, key: SealingKey): string {
  const hash = createHmac('sha256', key).update(domain).update('\0').update(content).digest('hex')
  return `sealed:${hash.slice(0, 32)}`
}
