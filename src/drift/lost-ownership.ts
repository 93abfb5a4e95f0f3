import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { Walk } from './walk.ts'

/**
 * Whether a live object without managedFields has lost them on its way here. An object that was created with nothing
 * but its identity has none, and later writes to it are not tracked. But an object that has any declared value was
 * applied with it, by a manager that must have owned it.
 */
export function hasLostOwnership(walk: Walk): boolean {
  walk.hasLostOwnership ??= sharesValue(comparedContent(walk.desired), comparedContent(walk.root))
  return walk.hasLostOwnership
}

function comparedContent({
  apiVersion: _version,
  kind: _kind,
  status: _status,
  metadata,
  ...rest
}: JsonObject): JsonObject {
  const { labels = null, annotations = null } = isJsonObject(metadata) ? metadata : {}
  return { ...rest, labels, annotations }
}

/** Whether the two have any value in common. */
function sharesValue(desired: Json | undefined, live: Json | undefined): boolean {
  if (desired === undefined || desired === null || typeof live !== typeof desired) return false
  if (Array.isArray(desired))
    return Array.isArray(live) && desired.some((item: Json, index) => sharesValue(item, live[index]))
  if (!isJsonObject(desired)) return desired === live
  return (
    isJsonObject(live) &&
    Object.keys(desired).some((key) => Object.hasOwn(live, key) && sharesValue(desired[key], live[key]))
  )
}
