import { asKubernetesObject } from '../../../kubernetes/object.ts'
import { parseJson } from '../../../kubernetes/serialization/json.ts'
import { JsonScanner, UnclearJsonError } from '../../../kubernetes/serialization/json-scanner.ts'
import type { ObjectFingerprint } from '../../../model/clusters/cluster.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import { OBJECT_MEMORY } from './large-answers.ts'
import { fingerprintOf, metadataDigest, type Span } from './object-fingerprint.ts'
import { type ItemType, malformed, type ObjectHead, PARTIAL, parseSent, readHead } from './object-head.ts'
import { shareFields } from './owned-fields.ts'

/** An object as it was sent. Most belong to no app, so all of it is read only where somebody asks for it. */
export interface SentObject {
  /** What it is called and what marks it: names, version, labels, annotations but for the last applied, owners. Not redacted. */
  readonly head: KubernetesObject
  /** @throws CodedError `GDE_CLUSTER_PROTOCOL`, `GDE_TOO_LARGE` */
  read(): KubernetesObject
  /** Tells it from others without reading it; undefined where it has to be read, as Secrets have: of what they hold no digest is kept. */
  fingerprint(): ObjectFingerprint | undefined
  /** The digest of its metadata, for who reads it later; undefined where it has to be read now, as Secrets have: of these no bytes are kept. */
  metadata(): string | undefined
  /** Of its bytes. */
  readonly size: number
  /** Copies them, so that what came with them may be let go of. @returns how to find it there */
  copy(into: Buffer): () => SentObject
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

/** Tells of no object; by far the most of what watches send at rest. */
const BOOKMARK = '{"type":"BOOKMARK"'

/** An object that is parsed already. */
export function wholeObject(object: KubernetesObject): SentObject {
  const unknown = (): undefined => undefined
  const whole: SentObject = {
    ...{ head: object, size: 0, read: () => object, fingerprint: unknown, metadata: unknown },
    copy: () => () => whole,
  }
  return whole
}

/** What a line of a watch tells; undefined when it has to be parsed, since it tells of no object or not as servers do. */
export function findEvent(line: Buffer, subject: string, type?: ItemType): SentEvent | undefined {
  if (line.toString('latin1', 0, BOOKMARK.length) === BOOKMARK) return undefined
  return unlessUnclear(eventIn, line, subject, type)
}

function eventIn(line: Buffer, subject: string, type: ItemType | undefined): SentEvent | undefined {
  const json = new JsonScanner(line)
  let event: string | undefined
  let object: SentObject | undefined
  for (let at = json.firstMember(); at !== undefined; at = json.nextMember(at)) {
    if (json.isKey('type')) event = json.string()
    else if (json.isKey('object')) object = findObject(json, subject, type)
  }
  json.end()
  return event === undefined || object === undefined ? undefined : { type: event, object }
}

/** The same of a page of a list. */
export function findList(page: Buffer, type: ItemType, subject: string): SentList | undefined {
  return unlessUnclear(listIn, page, type, subject)
}

function listIn(page: Buffer, type: ItemType, subject: string): SentList {
  const json = new JsonScanner(page)
  let metadata: Json = null
  let items: number | undefined
  for (let at = json.firstMember(); at !== undefined; at = json.nextMember(at)) {
    if (json.isKey('metadata')) metadata = parseJson(json.text(), {}, OBJECT_MEMORY)
    else if (json.isKey('items')) {
      items = at
      // Go writes an empty list as null.
      if (!json.isArray() && json.text() !== 'null') throw new UnclearJsonError('items are a list')
    }
  }
  json.end()
  return { metadata, objects: items === undefined ? [] : findObjects(new JsonScanner(page, items), type, subject) }
}

function* findObjects(json: JsonScanner, type: ItemType, subject: string): Generator<SentObject> {
  if (!json.isArray()) return
  for (const start of json.items()) {
    const object = unlessUnclear(findObject, json, subject, type)
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

/** What is wrong is told by parsing. */
function unlessUnclear<Parameters extends readonly unknown[], Result>(
  find: (...parameters: Parameters) => Result,
  ...parameters: Parameters
): Result | undefined {
  try {
    return find(...parameters)
  } catch (error) {
    if (error instanceof UnclearJsonError || error instanceof CodedError) return undefined
    throw error
  }
}

/** The object at this place, to behind it. @throws UnclearJsonError, CodedError */
function findObject(json: JsonScanner, subject: string, type: ItemType | undefined): SentObject {
  const { at: from, bytes } = json
  const found = readHead(json, subject, type)
  return new FoundObject(bytes, { from, to: json.at }, found, { subject, type })
}

interface ReadAs {
  readonly subject: string
  readonly type: ItemType | undefined
}

class FoundObject implements SentObject {
  readonly head: KubernetesObject
  readonly #bytes: Buffer
  readonly #all: Span
  readonly #found: ObjectHead
  readonly #as: ReadAs

  constructor(bytes: Buffer, all: Span, found: ObjectHead, as: ReadAs) {
    this.head = found.head
    this.#bytes = bytes
    this.#all = all
    this.#found = found
    this.#as = as
  }

  read(): KubernetesObject {
    const { from, to } = this.#all
    const { managedFields } = this.#found
    const { subject, type } = this.#as
    const rest =
      managedFields === undefined ? undefined : unlessUnclear(shareFields, this.#bytes, this.#all, managedFields)
    const value = parseSent(rest?.text ?? this.#bytes.toString('utf8', from, to), subject)
    // How deep the shared fields are was asked when they were parsed.
    const object = requireObject(value, subject, type)
    return rest === undefined ? object : rest.complete(object)
  }

  fingerprint(): ObjectFingerprint | undefined {
    if (this.head.kind === 'Secret') return undefined
    return unlessUnclear(fingerprintOf, { ...this.#found, bytes: this.#bytes, all: this.#all, type: this.head })
  }

  metadata(): string | undefined {
    if (this.head.kind === 'Secret') return undefined
    return unlessUnclear(metadataDigest, this.#bytes, this.#found.metadata)
  }

  get size(): number {
    return this.#all.to - this.#all.from
  }

  copy(into: Buffer): () => SentObject {
    const { from, to } = this.#all
    return finding(into.subarray(0, this.#bytes.copy(into, 0, from, to)), this.#as)
  }
}

/** Holds nothing of what was copied. */
function finding(bytes: Buffer, { subject, type }: ReadAs): () => SentObject {
  return () => findObject(new JsonScanner(bytes), subject, type)
}
