import { ByteLru } from '../../../concurrency/byte-lru.ts'
import { isDeeperThan, parseJson } from '../../../kubernetes/serialization/json.ts'
import { JsonScanner } from '../../../kubernetes/serialization/json-scanner.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { Span } from './object-fingerprint.ts'

/** Some thousand sets of fields, and so many bytes at most as values: those of the kinds and templates that change now. */
const SHARED_BYTES = 2 * 1024 * 1024
/** Values take some ten times their text. */
const PARSED_FACTOR = 10
/** What servers write is far below; the rest is parsed with the object, by whose limits. */
const LONGEST = 16 * 1024
const MOST = 16
const DEEPEST = 100

/** By their text. Nobody may change one. */
const shared = new ByteLru<string, JsonObject>(SHARED_BYTES)

export interface SharedFields {
  /** The object as text, with a number where the fields were. */
  readonly text: string
  /** The object of that text with its fields. */
  complete(object: KubernetesObject): KubernetesObject
}

/**
 * What managers own (`fieldsV1`) is half of an object and the same in all of its versions and in those that one template makes, so it is
 * parsed once for all of them.
 * @param managedFields where they begin in the bytes
 * @throws UnclearJsonError; CodedError, when fields are no JSON
 */
export function shareFields(bytes: Buffer, { from, to }: Span, managedFields: number): SharedFields {
  const found: (JsonObject | undefined)[] = []
  const json = new JsonScanner(bytes, managedFields)
  let text = ''
  let next = from
  for (const _entry of json.items()) {
    let fields: JsonObject | undefined
    const taken = found.length < MOST
    for (let at = json.firstMember(); at !== undefined; at = json.nextMember(at)) {
      if (!taken || !json.isKey('fieldsV1')) continue
      json.pass()
      fields = json.at - at > LONGEST ? undefined : parsedFields(bytes.toString('utf8', at, json.at))
      if (fields === undefined) continue
      text += `${bytes.toString('utf8', next, at)}0`
      next = json.at
    }
    found.push(fields)
  }
  text += bytes.toString('utf8', next, to)
  return { text, complete: (object) => withFields(object, found) }
}

/** Undefined for what is no usual set of fields. */
function parsedFields(text: string): JsonObject | undefined {
  const known = shared.get(text)
  if (known !== undefined) return known
  const value = parseJson(text)
  if (!isJsonObject(value) || isDeeperThan(value, DEEPEST)) return undefined
  shared.set(text, value, text.length * PARSED_FACTOR)
  return value
}

function withFields(object: KubernetesObject, found: readonly (JsonObject | undefined)[]): KubernetesObject {
  const { metadata } = object
  if (!Array.isArray(metadata.managedFields)) return object
  const managedFields = metadata.managedFields.map((entry: Json, index) => {
    const fields = found[index]
    return fields === undefined || !isJsonObject(entry) ? entry : { ...entry, fieldsV1: fields }
  })
  return { ...object, metadata: { ...metadata, managedFields } }
}
