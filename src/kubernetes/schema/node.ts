import type { Json, JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'

/**
 * What a schema says about one value, compiled from OpenAPI v3, from a CRD or from the built-in table. Nodes are shared and may be
 * cyclic (a JSON schema holds JSON schemas); `fields` and `item` are made at first use.
 */
export type SchemaNode = ScalarNode | ObjectNode | ListNode | AnyNode

/** `quantity`, `time`, `microTime` and `bytes` are spelled anew by the server; `plain` values are kept as they are. */
export interface ScalarNode {
  readonly type: 'scalar'
  readonly scalar: 'plain' | 'quantity' | 'duration' | 'time' | 'microTime' | 'bytes'
}

export interface ObjectNode {
  readonly type: 'object'
  /** OpenAPI's model name; '' for what has none. */
  readonly name: string
  /** Owned and replaced as a whole (`x-kubernetes-map-type: atomic`). */
  readonly atomic: boolean
  /** The server prunes fields that the schema does not know. */
  readonly closed: boolean
  readonly fields: ReadonlyMap<string, SchemaField>
  /** Of a map: what every value is. */
  readonly values: SchemaField | undefined
}

export interface ListNode {
  readonly type: 'list'
  readonly list: 'atomic' | 'set' | 'map'
  /** Of a list-map: the fields that name an item, with the values that they have when left out. */
  readonly keys: readonly ListKey[]
  readonly item: SchemaField
}

export interface ListKey {
  readonly name: string
  readonly default: Json | undefined
}

/** Anything: free-form JSON where the schema says so (`known`), or no schema. */
export interface AnyNode {
  readonly type: 'any'
  readonly known: boolean
  /** What its program takes it for: scalars and zero values count as in this type (`typed-node.ts`). */
  readonly like?: SchemaNode
}

export interface SchemaField {
  readonly node: SchemaNode
  /** An explicit zero value (`0`, `false`, `""`, `{}`) is kept by the server; otherwise it looks like an absent one. */
  readonly keepsZero: boolean
  /** What the server fills in when the field is absent. */
  readonly default: Json | undefined
  readonly rule: FieldRule | undefined
}

/** The field of a live object (or value of a map, item of a list) that a rule is applied to, and what is around it. */
export interface FieldContext {
  /** Name of the field, or key in the map; '' for an item of a list. */
  readonly key: string
  /** The object (or map) that holds the field. */
  readonly live: JsonObject
  /** What Git declares for that object; undefined when it declares nothing there. */
  readonly desired: JsonObject | undefined
  readonly root: KubernetesObject
  /** The whole object as Git declares it. */
  readonly declared: KubernetesObject
  /** Live values from the root down to `live`. */
  readonly chain: readonly Json[]
}

/** What the server does to a field beyond what its schema says. */
export interface FieldRule {
  /** The default that is the same everywhere; it becomes that of the field. */
  readonly default?: Json
  /** The default that depends on other fields. */
  readonly fill?: (context: FieldContext) => Json | undefined
  /** Filled by the API server or an admission plugin with a value of its own choice, owned by nobody. */
  readonly allocated?: (value: Json, context: FieldContext) => boolean
  /**
   * Dropping it from what is applied changes nothing: the server keeps the value it has. A name is that of the alias
   * from which it is restored.
   */
  readonly retained?: true | string
  /** Items that the server or an admission plugin adds to a list that is otherwise replaced as a whole. */
  readonly appended?: (item: Json) => boolean
  /** Kept by a controller or by the server in whatever state Git declares it. */
  readonly foreign?: (context: FieldContext) => boolean
  /** As `foreign`, but that what managedFields give to a person alone is a difference. */
  readonly controlled?: (context: FieldContext) => boolean
}

export const PLAIN: ScalarNode = { type: 'scalar', scalar: 'plain' }
export const ANY: AnyNode = { type: 'any', known: true }
export const UNKNOWN: AnyNode = { type: 'any', known: false }
export const UNKNOWN_FIELD: SchemaField = { node: UNKNOWN, keepsZero: true, default: undefined, rule: undefined }
export const ANY_FIELD: SchemaField = { node: ANY, keepsZero: true, default: undefined, rule: undefined }

/** An object node whose fields are made when they are first asked for: most of a schema never is. */
export function lazyObject(
  parts: Pick<ObjectNode, 'name' | 'atomic' | 'closed'>,
  make: () => Pick<ObjectNode, 'fields' | 'values'>,
): ObjectNode {
  let made: Pick<ObjectNode, 'fields' | 'values'> | undefined
  return {
    type: 'object',
    ...parts,
    get fields() {
      made ??= make()
      return made.fields
    },
    get values() {
      made ??= make()
      return made.values
    },
  }
}

/** The same node, owned as a whole or field by field: a field can say otherwise than its type. */
export function withAtomicity(node: SchemaNode, atomic: boolean): SchemaNode {
  if (node.type !== 'object' || node.atomic === atomic) return node
  const { name, closed } = node
  return lazyObject({ name, closed, atomic }, () => ({ fields: node.fields, values: node.values }))
}

export function lazyList(parts: Pick<ListNode, 'list'>, make: () => Pick<ListNode, 'keys' | 'item'>): ListNode {
  let made: Pick<ListNode, 'keys' | 'item'> | undefined
  return {
    type: 'list',
    ...parts,
    get keys() {
      made ??= make()
      return made.keys
    },
    get item() {
      made ??= make()
      return made.item
    },
  }
}

/** The keys of a list-map with the defaults that its item schema gives them. */
export function listKeys(names: readonly string[], item: SchemaField): readonly ListKey[] {
  const { node } = item
  return names.map((name) => ({ name, default: node.type === 'object' ? node.fields.get(name)?.default : undefined }))
}
