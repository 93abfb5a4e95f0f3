import { builtinType } from '../builtin/table.ts'
import type { SchemaField } from '../schema/node.ts'

const WRITTEN_BY_USERS = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const

/** The fields of ObjectMeta that are anybody's to write; the same for every kind and version. */
export const OBJECT_META_FIELDS: readonly (readonly [string, SchemaField])[] = WRITTEN_BY_USERS.flatMap((name) => {
  const field = builtinType('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')?.fields.get(name)
  return field === undefined ? [] : [[name, field]]
})
