import { isJsonObject, type Json } from '../../model/json.ts'
import type { KubernetesObject, ObjectKey } from '../../model/object.ts'
import { type PackedObject, packObject } from '../desired/packed-object.ts'

/** One object in the informer of its kind; some 150 bytes and the packed object. */
export interface LiveEntry {
  readonly key: ObjectKey
  /** An app declares it, so the entry stays when the object is absent. */
  wanted: boolean
  /** Absent when there is no such object, or while `pending`. */
  packed?: PackedObject
  /** It is not known yet whether the object exists. */
  pending: boolean
  /** The number of the list that last contained it. */
  list: number
  /** The number of the list that was under way when it was first declared: that list may have skipped it. */
  wantedDuring: number
}

/**
 * Packs a live object for later comparison, without the fields that no comparison reads and that change all the time: a
 * new status is no change.
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

/** Entries that own only status are never read; a stub stays, since it shows that the server tracks fields at all. */
function withoutStatusFields(entry: Json): Json {
  return isJsonObject(entry) && entry.subresource === 'status' ? { subresource: 'status' } : entry
}
