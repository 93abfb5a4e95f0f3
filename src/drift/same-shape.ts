import { groupVersion } from '../kubernetes/object.ts'
import { ANY, type ListNode, type ObjectNode, type SchemaNode, UNKNOWN } from '../kubernetes/schema/node.ts'
import type { SchemaIndex } from '../kubernetes/schema/schema-index.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'

/**
 * Whether the content of an object has the same schema in another version of its kind: then converting it is just
 * changing its version, as most custom resources' versions differ only in what is served (`conversion.strategy: None`).
 */
export function hasSameShape(object: KubernetesObject, apiVersion: string, schemas: SchemaIndex): boolean {
  const from = groupVersion(object.apiVersion)
  const to = groupVersion(apiVersion)
  const own = schemas.kind(from.group, from.version, object.kind)
  const other = schemas.kind(to.group, to.version, object.kind)
  if (from.group !== to.group || own === undefined || other === undefined) return false
  const { apiVersion: _version, metadata: _metadata, status: _status, ...content } = object
  return isSame(content, own, other)
}

function isSame(value: Json, own: SchemaNode, other: SchemaNode): boolean {
  if (value === null) return true
  if (own.type === 'object' && other.type === 'object')
    return (
      isJsonObject(value) &&
      Object.entries(value).every(([key, field]) => isSame(field, fieldNode(own, key), fieldNode(other, key)))
    )
  if (own.type === 'list' && other.type === 'list')
    return (
      Array.isArray(value) &&
      isSameList(own, other) &&
      value.every((item: Json) => isSame(item, own.item.node, other.item.node))
    )
  if (own.type === 'scalar' && other.type === 'scalar') return own.scalar === other.scalar
  return own.type === 'any' && other.type === 'any' && own.known === other.known
}

function isSameList(own: ListNode, other: ListNode): boolean {
  const names = ({ keys }: ListNode) => keys.map(({ name }) => name).join()
  return own.list === other.list && names(own) === names(other)
}

function fieldNode(node: ObjectNode, key: string): SchemaNode {
  return (node.fields.get(key) ?? node.values)?.node ?? (node.closed ? UNKNOWN : ANY)
}
