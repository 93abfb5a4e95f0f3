import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { ownershipOf, type Walk } from './walk.ts'

/**
 * Whether the record of who wrote the live object is lost, as a whole or in part, so that nothing follows from somebody's not being in it.
 * What was applied with nothing but its identity has no managedFields, and later writes to it are not tracked: there nobody owns anything.
 * But whatever has some of what Git declares was applied with that, by somebody who must have owned it.
 */
export function hasLostOwnership(walk: Walk): boolean {
  walk.hasLostOwnership ??= isLost(walk)
  return walk.hasLostOwnership
}

function isLost(walk: Walk): boolean {
  const declared = comparedContent(walk.desired)
  if (!sharesValue(declared, comparedContent(walk.root))) return false
  const { entries } = ownershipOf(walk)
  return !entries.some(({ fields }) => ownsSome(fields, walk.desired))
}

/** Whether a FieldsV1 set has any value that the declared object has. */
function ownsSome(fields: JsonObject, declared: JsonObject): boolean {
  return Object.entries(declared).some(([key, value]) => {
    const inner = Object.hasOwn(fields, `f:${key}`) ? fields[`f:${key}`] : undefined
    return isJsonObject(inner) && (isJsonObject(value) && Object.keys(value).length > 0 ? ownsPart(inner, value) : true)
  })
}

/** What is owned as a whole has nothing below it. */
function ownsPart(fields: JsonObject, declared: JsonObject): boolean {
  return Object.keys(fields).length === 0 || ownsSome(fields, declared)
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
