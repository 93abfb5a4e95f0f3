import { parseJson } from '../kubernetes/json.ts'
import type { ItemStep, PathStep } from '../kubernetes/managed-fields.ts'
import { LAST_APPLIED } from '../kubernetes/seal.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'

/** The manifest that `kubectl apply` (and Argo CD, which applies as it does) left in the annotation. */
export function readLastApplied(live: KubernetesObject): JsonObject | undefined {
  const { annotations } = live.metadata
  const text = isJsonObject(annotations) ? annotations[LAST_APPLIED] : undefined
  if (typeof text !== 'string') return undefined
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    // A broken annotation tells nothing, as to `kubectl apply`.
    return undefined
  }
}

/** The value in another manifest of the object: items are found by their keys, those of atomic lists by their place. */
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
