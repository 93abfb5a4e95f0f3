import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { Walk } from './walk.ts'

/**
 * Whether a live object without managedFields has lost them on its way here. What was applied with nothing but its identity has none,
 * and later writes to it are not tracked: there nobody owns anything. But whatever has some of what Git declares was applied with
 * that, by somebody who must have owned it.
 */
export function hasLostOwnership(walk: Walk): boolean {
  walk.hasLostOwnership ??= shares(content(walk.desired), content(walk.root))
  return walk.hasLostOwnership
}

function content({ apiVersion: _version, kind: _kind, status: _status, metadata, ...rest }: JsonObject): JsonObject {
  const { labels = null, annotations = null } = isJsonObject(metadata) ? metadata : {}
  return { ...rest, labels, annotations }
}

/** Whether the two have any value in common. */
function shares(desired: Json | undefined, live: Json | undefined): boolean {
  if (desired === undefined || desired === null || typeof live !== typeof desired) return false
  if (Array.isArray(desired))
    return Array.isArray(live) && desired.some((item: Json, index) => shares(item, live[index]))
  if (!isJsonObject(desired)) return desired === live
  return (
    isJsonObject(live) &&
    Object.keys(desired).some((key) => Object.hasOwn(live, key) && shares(desired[key], live[key]))
  )
}
