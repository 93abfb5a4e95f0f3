import { isJsonObject, type Json } from '../../model/json.ts'
import type { KubernetesObject, ObjectKey } from '../../model/object.ts'
import { type PackedObject, packObject } from '../desired/packed-object.ts'

/** What is known of one object of one kind in one cluster; some 150 bytes and the packed object. */
export interface LiveEntry {
  readonly key: ObjectKey
  /** Some app declares it: then its absence is remembered too. */
  wanted: boolean
  /** Absent when there is no such object, or while that is not known yet. */
  packed?: PackedObject
  /** Whether it is there is not known yet. */
  pending: boolean
  /** The list in which it was last told. */
  list: number
  /** The list that was under way when it was first wanted: that one may have passed it by. */
  wantedDuring: number
}

/**
 * An object as it is kept for later comparing: without what no comparison looks at and what changes all the time, so that a new
 * status is no change.
 */
export function packLive(object: KubernetesObject): PackedObject {
  const { resourceVersion: _version, generation: _generation, managedFields, ...metadata } = object.metadata
  const { status: _status, ...rest } = object
  return packObject({
    ...rest,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      ...metadata,
      name: object.metadata.name,
      ...(Array.isArray(managedFields) && { managedFields: managedFields.map(withoutStatusFields) }),
    },
  })
}

/** What owns status alone is not looked at, but that somebody keeps track of fields at all is. */
function withoutStatusFields(entry: Json): Json {
  return isJsonObject(entry) && entry.subresource === 'status' ? { subresource: 'status' } : entry
}
