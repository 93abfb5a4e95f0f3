import { asKubernetesObject, isKubernetesObject } from '../../../kubernetes/object.ts'
import { LAST_APPLIED } from '../../../kubernetes/redaction.ts'
import { parseJson } from '../../../kubernetes/serialization/json.ts'
import { JsonScanner, UnclearJsonError } from '../../../kubernetes/serialization/json-scanner.ts'
import type { ObjectFingerprint } from '../../../model/clusters/cluster.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import { OBJECT_MEMORY } from './large-answers.ts'
import { fingerprintOf, metadataDigest, type Span, valueSpan } from './object-fingerprint.ts'
import { shareFields } from './owned-fields.ts'

/** An object as it was sent. Most belong to no app, so all of it is read only where somebody asks for it. */
export interface SentObject {
  /** What it is called and what marks it: names, version, labels, annotations but for the last applied, owners. Not redacted. */
  readonly head: KubernetesObject
  /** @throws CodedError `GDE_CLUSTER_PROTOCOL`, `GDE_TOO_LARGE` */
  read(): KubernetesObject
  /** Tells it from others without reading it; undefined where it has to be read, as Secrets have: of what they hold no digest is kept. */
  fingerprint(): ObjectFingerprint | undefined
  /** To be read later; undefined where it has to be read now, as Secrets have: of what they hold no bytes are kept. */
  unread(): UnreadObject | undefined
}

export interface UnreadObject {
  /** The digest of its metadata but for the version, the generation and what writers of its status own. */
  readonly metadata: string
  readonly bytes: number
  /** Copies it, so that what came with it may be let go of. @returns how to find it there */
  readonly copy: (into: Buffer) => () => SentObject
}

export interface SentEvent {
  readonly type: string
  readonly object: SentObject
}

export interface SentList {
  readonly metadata: Json
  /** Found as they are asked for. @throws CodedError `GDE_CLUSTER_PROTOCOL`, `GDE_TOO_LARGE` */
  readonly objects: Iterable<SentObject>
}

/** What the items of a typed list are, and objects of which there is nothing but metadata: neither says so itself. */
export interface ItemType {
  readonly apiVersion: string
  readonly kind: string
}

const PARTIAL: ItemType = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' }

/** Tells of no object; by far the most of what watches send at rest. */
const BOOKMARK = '{"type":"BOOKMARK"'

/** An object that is parsed already. */
export function wholeObject(object: KubernetesObject): SentObject {
  return { head: object, read: () => object, fingerprint: () => undefined, unread: () => undefined }
}

/** What a line of a watch tells; undefined when it has to be parsed, since it tells of no object or not as servers do. */
export function findEvent(line: Buffer, subject: string, type?: ItemType): SentEvent | undefined {
  if (line.toString('latin1', 0, BOOKMARK.length) === BOOKMARK) return undefined
  return unlessUnclear(() => {
    const json = new JsonScanner(line)
    let event: string | undefined
    let object: SentObject | undefined
    json.members(() => {
      if (json.isKey('type')) event = json.string()
      else if (json.isKey('object')) object = findObject(json, subject, type)
    })
    json.end()
    return event === undefined || object === undefined ? undefined : { type: event, object }
  })
}

/** The same of a page of a list. */
export function findList(page: Buffer, type: ItemType, subject: string): SentList | undefined {
  return unlessUnclear(() => {
    const json = new JsonScanner(page)
    let metadata: Json = null
    let items: number | undefined
    json.members(() => {
      if (json.isKey('metadata')) metadata = parseJson(json.text(), {}, OBJECT_MEMORY)
      else if (json.isKey('items')) {
        items = json.at
        // Go writes an empty list as null.
        if (!json.isArray() && json.text() !== 'null') throw new UnclearJsonError('items are a list')
      }
    })
    json.end()
    return { metadata, objects: items === undefined ? [] : findObjects(new JsonScanner(page, items), type, subject) }
  })
}

function* findObjects(json: JsonScanner, type: ItemType, subject: string): Generator<SentObject> {
  if (!json.isArray()) return
  for (const start of json.items()) {
    const object = unlessUnclear(() => findObject(json, subject, type))
    if (object !== undefined) yield object
    else {
      json.at = start
      yield wholeObject(requireObject(parseSent(json.text(), subject), subject, type))
    }
  }
}

/** @throws CodedError `GDE_CLUSTER_PROTOCOL`, `GDE_TOO_LARGE` */
export function requireObject(value: Json, subject: string, type?: ItemType): KubernetesObject {
  if (!isJsonObject(value)) throw malformed(subject)
  const { apiVersion, kind } = value
  const isPartial = apiVersion === PARTIAL.apiVersion && kind === PARTIAL.kind
  const typed = isPartial ? type : type && { apiVersion: apiVersion ?? type.apiVersion, kind: kind ?? type.kind }
  try {
    return asKubernetesObject(typed === undefined ? value : { ...value, ...typed })
  } catch (error) {
    if (error instanceof CodedError && error.failure.code === 'GDE_TOO_LARGE') throw error
    throw malformed(subject)
  }
}

export function malformed(subject: string): CodedError {
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${subject}: the answer is not what a Kubernetes API server sends`)
}

/** What is wrong is told by parsing. */
function unlessUnclear<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch (error) {
    if (error instanceof UnclearJsonError || error instanceof CodedError) return undefined
    throw error
  }
}

/** The object at this place, to behind it. @throws UnclearJsonError, CodedError */
function findObject(json: JsonScanner, subject: string, type?: ItemType): SentObject {
  const { at: from, bytes } = json
  const { head, metadata, managedFields, status, spec } = readHead(json, subject, type)
  const all = { from, to: json.at }
  const isSecret = head.kind === 'Secret'
  return {
    head,
    read: () => {
      const rest = managedFields === undefined ? undefined : unlessUnclear(() => shareFields(bytes, all, managedFields))
      const value = parseSent(rest?.text ?? bytes.toString('utf8', all.from, all.to), subject)
      // How deep the shared fields are was asked when they were parsed.
      const object = requireObject(value, subject, type)
      return rest === undefined ? object : rest.complete(object)
    },
    fingerprint: () =>
      isSecret ? undefined : unlessUnclear(() => fingerprintOf({ bytes, all, metadata, status, spec, type: head })),
    unread: () => (isSecret ? undefined : unlessUnclear(() => unreadObject(bytes, all, metadata, subject, type))),
  }
}

function unreadObject(
  bytes: Buffer,
  { from, to }: Span,
  metadata: Span,
  subject: string,
  type: ItemType | undefined,
): UnreadObject {
  return {
    metadata: metadataDigest(bytes, metadata),
    bytes: to - from,
    copy: (into) => finding(into.subarray(0, bytes.copy(into, 0, from, to)), subject, type),
  }
}

/** Of what it was copied from it holds nothing. */
function finding(bytes: Buffer, subject: string, type: ItemType | undefined): () => SentObject {
  return () => findObject(new JsonScanner(bytes), subject, type)
}

function parseSent(text: string, subject: string): Json {
  try {
    return parseJson(text, {}, OBJECT_MEMORY)
  } catch (error) {
    if (error instanceof CodedError && error.failure.code === 'GDE_TOO_LARGE') throw error
    // The parser would point into the text; that it is no JSON is all there is to say.
    throw malformed(subject)
  }
}

interface ReadHead {
  readonly head: KubernetesObject
  readonly metadata: Span
  /** Where they begin. */
  readonly managedFields: number | undefined
  readonly status: Span | undefined
  /** Where it begins. */
  readonly spec: number | undefined
}

/**
 * Reads the head of the object at this place, to behind all of it. Servers write names first, but those of custom resources, whose keys are
 * sorted (apimachinery: `metav1.ObjectMeta`, `unstructured`). Here any order will do, and as in parsing the last of equal keys counts.
 */
function readHead(json: JsonScanner, subject: string, type: ItemType | undefined): ReadHead {
  const head: Record<string, Json> = { ...type }
  let metadata: Span | undefined
  let managedFields: number | undefined
  let status: Span | undefined
  let spec: number | undefined
  json.members(() => {
    if (json.isKey('apiVersion')) head.apiVersion = json.string()
    else if (json.isKey('kind')) head.kind = json.string()
    else if (json.isKey('spec')) spec = json.at
    else if (json.isKey('status')) status = valueSpan(json)
    else if (json.isKey('metadata')) {
      const { at: from } = json
      const sent = new SentMetadata(json, subject)
      head.metadata = sent
      managedFields = SentMetadata.managedFields(sent)
      metadata = { from, to: json.at }
    }
  })
  if (head.apiVersion === PARTIAL.apiVersion && head.kind === PARTIAL.kind) Object.assign(head, type)
  if (!isKubernetesObject(head) || head.apiVersion === '' || head.kind === '' || metadata === undefined)
    throw new UnclearJsonError('no names')
  return { head, metadata, managedFields, status, spec }
}

/** Metadata whose maps are parsed for who looks at them: most ask for names alone. */
class SentMetadata {
  readonly [field: string]: Json
  name: Json = null
  namespace: Json = null
  uid: Json = null
  resourceVersion: Json = null
  readonly #subject: string
  readonly #bytes: Buffer
  /** Where they begin. */
  #labels: number | undefined
  #annotations: number | undefined
  #owners: number | undefined
  #managedFields: number | undefined

  constructor(json: JsonScanner, subject: string) {
    this.#bytes = json.bytes
    this.#subject = subject
    json.members(() => {
      if (json.isKey('name')) this.name = json.string()
      else if (json.isKey('namespace')) this.namespace = json.string()
      else if (json.isKey('uid')) this.uid = json.string()
      else if (json.isKey('resourceVersion')) this.resourceVersion = json.string()
      else if (json.isKey('labels')) this.#labels = json.at
      else if (json.isKey('annotations')) this.#annotations = json.at
      else if (json.isKey('ownerReferences')) this.#owners = json.at
      else if (json.isKey('managedFields')) this.#managedFields = json.at
    })
  }

  static managedFields(sent: SentMetadata): number | undefined {
    return sent.#managedFields
  }

  get labels(): Json {
    return this.#part(this.#labels)
  }

  /** Of a Secret the last applied configuration has the values; it marks nothing. */
  get annotations(): Json {
    const all = this.#part(this.#annotations)
    if (!isJsonObject(all)) return all
    const { [LAST_APPLIED]: _, ...annotations } = all
    return annotations
  }

  get ownerReferences(): Json {
    return this.#part(this.#owners)
  }

  #part(at: number | undefined): Json {
    return at === undefined ? null : parseSent(new JsonScanner(this.#bytes, at).text(), this.#subject)
  }
}
