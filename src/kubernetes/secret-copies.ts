import { isJsonObject, type Json } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import { HIDDEN, SecretIndex } from '../model/secrets/secret-index.ts'
import { LAST_APPLIED } from './redaction.ts'
import { decodeBase64 } from './serialization/base64.ts'

/** Annotations and labels of a Secret whose text holds one of its values. */
export interface SecretCopies {
  readonly annotations: readonly string[]
  readonly labels: readonly string[]
}

/**
 * Which annotations and labels copy values of the Secret, in whatever encoding; undefined where none does. To be asked before the values
 * are redacted, which says no more what they were.
 */
export function secretCopies(object: KubernetesObject): SecretCopies | undefined {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return undefined
  const { data, stringData, metadata } = object
  const index = new SecretIndex([...textsOf(stringData), ...textsOf(data).map(decoded)].filter((text) => text !== ''))
  const copying = (fields: Json | undefined): readonly string[] =>
    Object.entries(isJsonObject(fields) ? fields : {}).flatMap(([key, value]) =>
      // The record of an apply is redacted where its values stand.
      key !== LAST_APPLIED && typeof value === 'string' && index.hide(value) !== value ? [key] : [],
    )
  const [annotations, labels] = [copying(metadata.annotations), copying(metadata.labels)]
  return annotations.length + labels.length === 0 ? undefined : { annotations, labels }
}

/** The object with these annotations and labels hidden. */
export function withoutCopies(object: KubernetesObject, copies: SecretCopies | undefined): KubernetesObject {
  if (copies === undefined) return object
  const { annotations, labels } = object.metadata
  const hidden = (fields: Json | undefined, keys: readonly string[]): Json | undefined =>
    isJsonObject(fields)
      ? Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, keys.includes(key) ? HIDDEN : value]))
      : fields
  const [shownAnnotations, shownLabels] = [hidden(annotations, copies.annotations), hidden(labels, copies.labels)]
  const metadata = {
    ...object.metadata,
    ...(shownAnnotations !== undefined && { annotations: shownAnnotations }),
    ...(shownLabels !== undefined && { labels: shownLabels }),
  }
  return { ...object, metadata }
}

function textsOf(values: Json | undefined): readonly string[] {
  return Object.values(isJsonObject(values) ? values : {}).flatMap((value) =>
    typeof value === 'string' ? [value] : [],
  )
}

function decoded(text: string): string {
  const bytes = decodeBase64(text)
  return bytes === undefined ? text : Buffer.from(bytes).toString('utf8')
}
