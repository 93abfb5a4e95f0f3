import {
  type AnyNode,
  type ListNode,
  lazyList,
  lazyObject,
  type ObjectNode,
  type SchemaField,
  type SchemaNode,
} from './node.ts'

/**
 * The schema of a value that its program reads and writes as another type: lists and defaults are the schema's own, but scalars and zero
 * values count as in that type. What of the value the type does not know is as the schema says.
 */
export function typedNode(node: SchemaNode, like: SchemaNode): SchemaNode {
  switch (node.type) {
    case 'any':
      return typedAny(node, like)
    case 'scalar':
      return like.type === 'scalar' ? like : node
    case 'list':
      return typedList(node, like)
    case 'object':
      return like.type === 'object' ? typedObject(node, like) : node
    default:
      return node satisfies never
  }
}

/** As `typedNode`; the root of an object stays one. */
export function typedRoot(node: ObjectNode | AnyNode, like: ObjectNode): ObjectNode | AnyNode {
  return node.type === 'any' ? typedAny(node, like) : typedObject(node, like)
}

function typedAny({ type, known }: AnyNode, like: SchemaNode): AnyNode {
  return { type, known, like }
}

/** A type that is meant for the items may be said of the list. */
function typedList(node: ListNode, like: SchemaNode): ListNode {
  const item = like.type === 'list' ? like.item.node : like
  return lazyList({ list: node.list }, () => ({
    keys: node.keys,
    item: { ...node.item, node: typedNode(node.item.node, item) },
  }))
}

function typedObject(node: ObjectNode, like: ObjectNode): ObjectNode {
  const { name, atomic, closed } = node
  return lazyObject({ name, atomic, closed }, () => ({
    fields: new Map([...node.fields].map(([key, field]) => [key, typedField(field, fieldOf(like, key))])),
    values: node.values === undefined ? undefined : typedField(node.values, like.values),
  }))
}

function typedField(field: SchemaField, like: SchemaField | undefined): SchemaField {
  if (like === undefined) return field
  return { ...field, node: typedNode(field.node, like.node), keepsZero: like.keepsZero }
}

function fieldOf(like: ObjectNode, key: string): SchemaField | undefined {
  return like.fields.get(key) ?? like.values
}

/** An object of which nothing is known but the types at these paths. */
export function typesAt(types: readonly { readonly path: readonly string[]; readonly node: SchemaNode }[]): ObjectNode {
  const byKey = Map.groupBy(types, ({ path }) => path[0] ?? '')
  const fields = [...byKey].map(([key, inner]): readonly [string, SchemaField] => {
    const whole = inner.find(({ path }) => path.length === 1)
    const node = whole?.node ?? typesAt(inner.map(({ path, ...one }) => ({ ...one, path: path.slice(1) })))
    return [key, { node, keepsZero: true, default: undefined, rule: undefined }]
  })
  return { type: 'object', name: '', atomic: false, closed: false, fields: new Map(fields), values: undefined }
}
