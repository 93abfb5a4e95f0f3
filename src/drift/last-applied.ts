import type { ItemStep, PathStep } from '../kubernetes/managed-fields.ts'
import { LAST_APPLIED } from '../kubernetes/redaction.ts'
import { parseJson } from '../kubernetes/serialization/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'

/** The manifest that `kubectl apply` (and Argo CD, which applies as it does) left in the annotation. */
export interface LastApplied {
  /** Undefined where the annotation is broken: it is then ignored, as by `kubectl apply`. */
  at(path: readonly PathStep[]): { readonly value: Json | undefined } | undefined
}

/** The last-applied annotation, undefined where there is none; it is parsed only when a path is asked for that its text may hold. */
export function readLastApplied(live: KubernetesObject): LastApplied | undefined {
  const { annotations } = live.metadata
  const text = isJsonObject(annotations) ? annotations[LAST_APPLIED] : undefined
  if (typeof text !== 'string') return undefined
  let manifest: JsonObject | 'broken' | undefined
  return {
    at: (path) => {
      // Fields that a person added usually do not occur in the text, and searching is faster than parsing.
      if (manifest === undefined && !mayHold(text, path.at(-1))) return { value: undefined }
      manifest ??= parseManifest(text)
      return manifest === 'broken' ? undefined : { value: valueAt(manifest, path) }
    },
  }
}

function parseManifest(text: string): JsonObject | 'broken' {
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? value : 'broken'
  } catch {
    return 'broken'
  }
}

/** Whether the text has the key anywhere; true for keys that JSON may spell in other ways. */
function mayHold(text: string, step: PathStep | undefined): boolean {
  return typeof step !== 'string' || !PLAIN_KEY.test(step) || text.includes(`"${step}"`)
}

const PLAIN_KEY = /^[\w./-]+$/

/** The value in another manifest of the object: items are found by their keys, those of atomic lists by their index. */
export function valueAt(object: JsonObject, path: readonly PathStep[]): Json | undefined {
  let value: Json | undefined = object
  for (const step of path) {
    if (typeof step === 'string') {
      value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
    } else {
      value = Array.isArray(value) ? findItem(value, step) : undefined
    }
    if (value === undefined || value === null) return undefined
  }
  return value
}

function findItem(list: readonly Json[], { list: shape, item, live }: ItemStep): Json | undefined {
  switch (shape.list) {
    case 'atomic':
      return list[live]
    case 'set':
      return list.includes(item) ? item : undefined
    case 'map':
      return list.find(
        (candidate) =>
          isJsonObject(candidate) &&
          isJsonObject(item) &&
          shape.keys.every((key) => (candidate[key.name] ?? key.default) === (item[key.name] ?? key.default)),
      )
    default:
      return shape.list satisfies never
  }
}
