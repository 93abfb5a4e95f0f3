import { isKubernetesObject } from '../../../kubernetes/object.ts'
import { LAST_APPLIED } from '../../../kubernetes/redaction.ts'
import { parseJson } from '../../../kubernetes/serialization/json.ts'
import { JsonScanner, UnclearJsonError } from '../../../kubernetes/serialization/json-scanner.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import { OBJECT_MEMORY } from './large-answers.ts'
import { type Span, valueSpan } from './object-fingerprint.ts'

/** What the items of a typed list are, and objects of which there is nothing but metadata: neither says so itself. */
export interface ItemType {
  readonly apiVersion: string
  readonly kind: string
}

export const PARTIAL: ItemType = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' }

export function malformed(subject: string): CodedError {
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${subject}: the answer is not what a Kubernetes API server sends`)
}

export function parseSent(text: string, subject: string): Json {
  try {
    return parseJson(text, {}, OBJECT_MEMORY)
  } catch (error) {
    if (error instanceof CodedError && error.failure.code === 'GDE_TOO_LARGE') throw error
    // The parser would point into the text; that it is no JSON is all there is to say.
    throw malformed(subject)
  }
}

export interface ObjectHead {
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
export function readHead(json: JsonScanner, subject: string, type: ItemType | undefined): ObjectHead {
  const head: Record<string, Json> = { ...type }
  let metadata: Span | undefined
  let managedFields: number | undefined
  let status: Span | undefined
  let spec: number | undefined
  for (let at = json.firstMember(); at !== undefined; at = json.nextMember(at)) {
    if (json.isKey('apiVersion')) head.apiVersion = json.string()
    else if (json.isKey('kind')) head.kind = json.string()
    else if (json.isKey('spec')) spec = at
    else if (json.isKey('status')) status = valueSpan(json)
    else if (json.isKey('metadata')) {
      const sent = new SentMetadata(json, subject)
      head.metadata = sent
      managedFields = SentMetadata.managedFields(sent)
      metadata = { from: at, to: json.at }
    }
  }
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
    for (let at = json.firstMember(); at !== undefined; at = json.nextMember(at)) {
      if (json.isKey('name')) this.name = json.string()
      else if (json.isKey('namespace')) this.namespace = json.string()
      else if (json.isKey('uid')) this.uid = json.string()
      else if (json.isKey('resourceVersion')) this.resourceVersion = json.string()
      else if (json.isKey('labels')) this.#labels = at
      else if (json.isKey('annotations')) this.#annotations = at
      else if (json.isKey('ownerReferences')) this.#owners = at
      else if (json.isKey('managedFields')) this.#managedFields = at
    }
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
