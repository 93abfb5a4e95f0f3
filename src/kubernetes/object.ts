import { CodedError, type Where } from '../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { KubernetesObject, ObjectKey } from '../model/object.ts'
import { isDeeperThan } from './serialization/json.ts'

/** Deeper objects are refused on input, so that all other code may recurse. */
const MAX_DEPTH = 1000

/**
 * Checks that a value has what every Kubernetes object has. An object with `generateName` alone gets the name ''.
 * @throws CodedError `GDE_RENDER_OBJECT`; `GDE_TOO_LARGE` when it is nested deeper than 1,000 levels
 */
export function asKubernetesObject(value: Json, where: Where = {}): KubernetesObject {
  if (!isJsonObject(value)) throw fault('a manifest must be a mapping', where)
  if (typeof value.apiVersion !== 'string' || value.apiVersion === '') throw fault('apiVersion is not set', where)
  if (typeof value.kind !== 'string' || value.kind === '') throw fault('kind is not set', where)
  if (isDeeperThan(value, MAX_DEPTH))
    throw new CodedError('GDE_TOO_LARGE', `${value.kind} is nested deeper than ${MAX_DEPTH} levels`, where)
  if (isKubernetesObject(value)) return value
  const metadata = value.metadata
  if (isJsonObject(metadata) && metadata.name === undefined && typeof metadata.generateName === 'string') {
    const named = { ...value, metadata: { ...metadata, name: '' } }
    if (isKubernetesObject(named)) return named
  }
  const { name, namespace } = isJsonObject(metadata) ? metadata : {}
  const isNamed = typeof name === 'string'
  throw fault(`${value.kind}: ${isNamed ? notText('namespace', namespace) : notText('name', name)}`, where)
}

/** `name: no`, `name: y` and `name: 007` are a boolean and a number to Kubernetes. */
function notText(field: string, value: Json | undefined): string {
  return `metadata.${field} ${value == null ? 'is not set' : `is a ${typeof value}, not text`}`
}

/** Whether a value has what every Kubernetes object has; how deep it is nested is not asked. */
export function isKubernetesObject(value: JsonObject): value is KubernetesObject {
  return (
    typeof value.apiVersion === 'string' &&
    typeof value.kind === 'string' &&
    isJsonObject(value.metadata) &&
    typeof value.metadata.name === 'string' &&
    (value.metadata.namespace == null || typeof value.metadata.namespace === 'string')
  )
}

function fault(message: string, where: Where): CodedError {
  return new CodedError('GDE_RENDER_OBJECT', message, where)
}

/** `apps/v1` is group `apps`; `v1` is the core group, ''. */
export function groupVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/')
  return { group: slash === -1 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

/** What names the object in its cluster; the version is no part of it. */
export function objectKey(object: KubernetesObject): ObjectKey {
  const namespace = object.metadata.namespace
  return {
    group: groupVersion(object.apiVersion).group,
    kind: object.kind,
    namespace: typeof namespace === 'string' ? namespace : '',
    name: object.metadata.name,
  }
}

/**
 * The objects that a document holds: itself, or its items when it has an `items` array, which is how the API machinery
 * recognizes a list (any kind, `List` and `PodList` alike). Items of a typed list may lack apiVersion and kind. `null`
 * is no object.
 * @throws CodedError as `asKubernetesObject`
 */
export function expandLists(value: Json, where: Where = {}): readonly KubernetesObject[] {
  return listedValues(value).map((item) => asKubernetesObject(item, where))
}

/** As `expandLists`, with what may be no object among them. */
export function listedValues(value: Json): readonly Json[] {
  const values: Json[] = []
  const open: Json[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (next === undefined || next === null) continue
    const items = itemsOf(next)
    if (items === undefined) values.push(next)
    else for (const item of items.toReversed()) open.push(item)
  }
  return values
}

function itemsOf(value: Json): readonly Json[] | undefined {
  if (Array.isArray(value)) return value
  if (!isJsonObject(value)) return undefined
  const { items, kind, apiVersion } = value
  if (!Array.isArray(items)) return undefined
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || kind === 'List' || !kind.endsWith('List'))
    return items
  const itemKind = kind.slice(0, -'List'.length)
  return items.map((item: Json) =>
    isJsonObject(item) && item.kind === undefined && item.apiVersion === undefined
      ? { ...item, apiVersion, kind: itemKind }
      : item,
  )
}
