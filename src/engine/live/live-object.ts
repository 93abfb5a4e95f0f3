import { hash } from 'node:crypto'
import { ByteLru } from '../../concurrency/byte-lru.ts'
import { printJson } from '../../kubernetes/serialization/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject, ObjectKey } from '../../model/object.ts'
import { type PackedObject, packText, unpackObject } from '../desired/packed-object.ts'

/**
 * What a live object says, but for its UID and its times, which differ from cluster to cluster; of the times it has the order. Equal
 * contents are mostly one value, whose identity tells that nothing has to be compared anew.
 */
export interface LiveContent {
  readonly packed: PackedObject
  /** The same as long as the content is, whoever is recorded to own it. */
  readonly mark: string
}

/** A packed live object. */
export interface PackedLive {
  readonly content: LiveContent
  /** What is its own, each on a line; undefined where that stands in the content. */
  readonly own: string | undefined
}

/** A live object as it was just streamed, which saves unpacking it. */
export interface StreamedObject {
  readonly object: KubernetesObject
  readonly content: LiveContent
}

/** One that was kept packed is streamed, too, but unpacked only for who reads it. */
export class RestoredObject implements StreamedObject {
  readonly #live: PackedLive
  #object: KubernetesObject | undefined

  constructor(live: PackedLive) {
    this.#live = live
  }

  get object(): KubernetesObject {
    this.#object ??= unpackLive(this.#live)
    return this.#object
  }

  get content(): LiveContent {
    return this.#live.content
  }
}

/** One object in the informer of its kind; some 150 bytes, what is its own, and the content that it may share. */
export interface LiveEntry {
  readonly key: ObjectKey
  /** An app declares it, so the entry stays when the object is absent. */
  wanted: boolean
  /** Undefined when there is no such object, or while `pending`. */
  live: PackedLive | undefined
  /** It is not known yet whether the object exists. */
  pending: boolean
  /** The number of the list that last contained it. */
  list: number
  /** The number of the list that was under way when it was first declared: that list may have skipped it. */
  wantedDuring: number
}

/** Some 15,000 contents of usual size: those of a fleet whose clusters are alike. */
const SHARED_BYTES = 8 * 1024 * 1024
const CONTENT_OVERHEAD_BYTES = 250
/** Of a digest: 96 bits. */
const MARK_CHARACTERS = 16

const shared = new ByteLru<string, LiveContent>(SHARED_BYTES)

/**
 * Packs a live object for later comparison, without the fields that no comparison reads and that change all the time: a
 * new status is no change.
 */
export function packLive(object: KubernetesObject): PackedLive {
  const { resourceVersion: _version, generation: _generation, managedFields, ...metadata } = object.metadata
  const { apiVersion, kind, metadata: _metadata, status: _status, ...rest } = object
  const own: string[] = []
  const entries = Array.isArray(managedFields) ? managedFields.map(withoutStatusFields) : undefined
  const times = entries?.flatMap((entry) => (hasTime(entry) ? [entry.time] : [])) ?? []
  const isLifted = [metadata.uid, metadata.creationTimestamp, ...times].every(isLine)
  const ownerless = printJson({
    // In lists these come last, in events first: here they have one place.
    apiVersion,
    kind,
    ...rest,
    metadata: isLifted ? { ...metadata, ...lifted(metadata, own) } : metadata,
  })
  const owners = entries === undefined ? undefined : printJson(isLifted ? ranked(entries, own) : entries)
  return { content: contentOf(ownerless, owners), own: isLifted ? own.join('\n') : undefined }
}

/** The object that was packed: with the same fields, its metadata last. */
export function unpackLive({ content, own }: PackedLive): KubernetesObject {
  const object = unpackObject(content.packed)
  if (own === undefined) return object
  const values = own.split('\n')
  const { metadata } = object
  const { managedFields } = metadata
  const restored: Record<string, Json> = { ...metadata }
  for (const field of OWN_FIELDS) if (metadata[field] !== undefined) restored[field] = values.shift() ?? ''
  if (Array.isArray(managedFields))
    restored.managedFields = managedFields.map((entry: Json) =>
      hasTime(entry) ? { ...entry, time: values.shift() ?? '' } : entry,
    )
  return { ...object, metadata: { ...restored, name: metadata.name } }
}

/**
 * Equal texts have one content as long as it is among the last ones.
 * @param ownerless the object without `managedFields`, its metadata, which has a name, last
 * @param owners its `managedFields`
 */
function contentOf(ownerless: string, owners: string | undefined): LiveContent {
  const text = owners === undefined ? ownerless : `${ownerless.slice(0, -2)},"managedFields":${owners}}}`
  const digest = hash('sha256', text, 'base64')
  const known = shared.get(digest)
  if (known !== undefined) return known
  const content = { packed: packText(text), mark: hash('sha256', ownerless, 'base64url').slice(0, MARK_CHARACTERS) }
  shared.set(digest, content, content.packed.length + CONTENT_OVERHEAD_BYTES)
  return content
}

const OWN_FIELDS = ['uid', 'creationTimestamp'] as const

/** Those that are there, empty; what they say goes to `own`. */
function lifted(metadata: JsonObject, own: string[]): JsonObject {
  const fields: Record<string, Json> = {}
  for (const field of OWN_FIELDS) {
    const value = metadata[field]
    if (typeof value !== 'string') continue
    own.push(value)
    fields[field] = ''
  }
  return fields
}

/** Each time replaced by its place among those of the object: comparing asks which of two is later, and nothing else. */
function ranked(entries: readonly Json[], own: string[]): readonly Json[] {
  const times = [...new Set(entries.flatMap((entry) => (hasTime(entry) ? [String(entry.time)] : [])))].sort()
  return entries.map((entry) => {
    if (!hasTime(entry)) return entry
    own.push(String(entry.time))
    return { ...entry, time: times.indexOf(String(entry.time)) }
  })
}

function hasTime(entry: Json): entry is JsonObject & { readonly time: Json } {
  return isJsonObject(entry) && entry.time !== undefined
}

function isLine(value: Json | undefined): boolean {
  return value === undefined || (typeof value === 'string' && !value.includes('\n'))
}

/** Entries that own only status are never read; a stub stays, since it shows that the server tracks fields at all. */
function withoutStatusFields(entry: Json): Json {
  return isJsonObject(entry) && entry.subresource === 'status' ? { subresource: 'status' } : entry
}
