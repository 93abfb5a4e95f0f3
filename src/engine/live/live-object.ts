import { printJson } from '../../kubernetes/serialization/json.ts'
import {
  addressLine,
  hasAddressLine,
  isService,
  withAddresses,
  withoutAddresses,
} from '../../kubernetes/service-addresses.ts'
import type { ObjectFingerprint } from '../../model/clusters/cluster.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject, ObjectKey } from '../../model/object.ts'
import { contentOf, type LiveContent, markOfText } from './live-content.ts'

/** A packed live object. */
export interface PackedLive {
  readonly content: LiveContent
  /** What is its own, each on a line; undefined where that stands in the content. */
  readonly own: string | undefined
}

/** A live object as it was just streamed, which saves unpacking it. */
export interface StreamedObject {
  readonly object: KubernetesObject
  /** What its marks can be read from. */
  readonly head: KubernetesObject
  readonly content: LiveContent
}

/** One that was kept packed is streamed, too, but unpacked only for who reads it. */
export class RestoredObject implements StreamedObject {
  readonly #live: PackedLive
  readonly #head: KubernetesObject | undefined
  #object: KubernetesObject | undefined

  /** @param head where it is known without unpacking */
  constructor(live: PackedLive, head?: KubernetesObject) {
    this.#live = live
    this.#head = head
  }

  get head(): KubernetesObject {
    return this.#head ?? this.object
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

/**
 * Packs a live object for later comparison, without the fields that no comparison reads and that change all the time: a
 * new status is no change.
 * @param fingerprint by which its content is recalled
 */
export function packLive(object: KubernetesObject, fingerprint?: ObjectFingerprint): PackedLive {
  const { resourceVersion: _version, generation: _generation, managedFields, ...metadata } = object.metadata
  const { apiVersion, kind, metadata: _metadata, status: _status, ...rest } = object
  const own: string[] = []
  const entries = Array.isArray(managedFields) ? managedFields.map(withoutStatusFields) : undefined
  const times = entries?.flatMap((entry) => (hasTime(entry) ? [entry.time] : [])) ?? []
  const isLifted = [metadata.uid, metadata.creationTimestamp, ...times].every(isLine)
  const addressed = isLifted && isService(object) && isJsonObject(rest.spec) ? withoutAddresses(rest.spec) : undefined
  const ownerless = printJson({
    // In lists these come last, in events first: here they have one place.
    apiVersion,
    kind,
    ...rest,
    ...(addressed && { spec: addressed.spec }),
    metadata: isLifted ? { ...metadata, ...lifted(metadata, own) } : metadata,
  })
  const owners = entries === undefined ? undefined : printJson(isLifted ? ranked(entries, own) : entries)
  own.push(...(addressed?.addresses ?? []).map(addressLine))
  const lines = isLifted ? own.join('\n') : undefined
  // They are equal unless the object is written in a way that the fingerprint knows nothing of.
  const digest = fingerprint?.own === lines ? fingerprint?.digest : undefined
  return { content: contentOf(ownerless, owners, digest), own: lines }
}

/** The object that was packed: with the same fields, its metadata last. */
export function unpackLive({ content, own }: PackedLive): KubernetesObject {
  const object = content.read()
  if (own === undefined) return object
  const values = own.split('\n')
  const { metadata, spec } = object
  const { managedFields } = metadata
  const restored: Record<string, Json> = { ...metadata }
  for (const field of OWN_FIELDS) if (metadata[field] !== undefined) restored[field] = values.shift() ?? ''
  if (Array.isArray(managedFields))
    restored.managedFields = managedFields.map((entry: Json) =>
      hasTime(entry) ? { ...entry, time: values.shift() ?? '' } : entry,
    )
  const isAddressed = isService(object) && isJsonObject(spec)
  return {
    ...object,
    ...(isAddressed && { spec: withAddresses(spec, values) }),
    metadata: { ...restored, name: metadata.name },
  }
}

/** The same as long as what is live is, whoever is recorded to own it. */
export function markOfLive(live: PackedLive): string {
  if (live.own === undefined || !hasAddressLine(live.own)) return live.content.mark
  const { metadata, ...rest } = unpackLive(live)
  const { managedFields: _, ...ownerless } = metadata
  return markOfText(printJson({ ...rest, metadata: { ...ownerless, ...lifted(metadata, []) } }))
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
