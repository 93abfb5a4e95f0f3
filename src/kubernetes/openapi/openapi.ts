import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { fieldRules } from '../builtin/rules.ts'
import { builtinType } from '../builtin/table.ts'
import {
  ANY,
  ANY_FIELD,
  type FieldRule,
  lazyList,
  lazyObject,
  listKeys,
  PLAIN,
  type SchemaField,
  type SchemaNode,
  withAtomicity,
} from '../schema/node.ts'
import type { SchemaIndex } from '../schema/schema-index.ts'
import { isDeeperThan, parseJson, printJson } from '../serialization/json.ts'

/** One OpenAPI v3 document of `/openapi/v3/…`; only `components.schemas` is looked at. */
export interface OpenapiDocument {
  /** Whose document it is: only kinds of this group and version are taken from it. Without, all that it describes are. */
  readonly group?: string
  readonly version?: string
  readonly document: JsonObject
}

const REFERENCE = '#/components/schemas/'

/** Deeper documents are not compiled: their kinds count as free-form. Real ones have some 100 levels. */
const MAX_DEPTH = 500

/** Models that are written as one value, or say nothing of what they hold. */
const SCALARS: Readonly<Record<string, SchemaNode>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'scalar', scalar: 'quantity' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'scalar', scalar: 'time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'scalar', scalar: 'microTime' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': PLAIN,
}

/** A JSON schema, or a boolean or a list instead; OpenAPI does not describe them. */
const SCHEMA_OR = /\.JSONSchemaPropsOr(?:Array|Bool|StringArray)$/

/** Models of Go types: zero values are dropped as Go's encoder does. Those of custom resources are kept as they are written. */
const GO_TYPE = /^io\.k8s\.(?:api|apimachinery|apiextensions-apiserver|kube-aggregator)\./

/**
 * An index over the OpenAPI v3 documents of one server. Models are held as compact text and compiled when first asked for; a
 * cyclic, missing or contradictory schema makes what it describes free-form.
 */
export function compileSchemas(documents: readonly OpenapiDocument[]): SchemaIndex {
  const models = new Map<string, string>()
  const roots = new Map<string, string>()
  for (const { group, version, document } of documents) {
    const components = document.components
    const schemas = isJsonObject(components) ? components.schemas : undefined
    if (!isJsonObject(schemas)) continue
    for (const [name, schema] of Object.entries(schemas)) {
      if (!isJsonObject(schema) || models.has(name) || isDeeperThan(schema, MAX_DEPTH)) continue
      models.set(name, printJson(reduceSchema(schema)))
      const root = rootKind(schema)
      if (root === undefined || (group ?? root.group) !== root.group || (version ?? root.version) !== root.version)
        continue
      roots.set(`${root.group}/${root.version}/${root.kind}`, name)
    }
  }
  const compiler = createCompiler(models)
  return {
    kind: (group, version, kind) => {
      const name = roots.get(`${group}/${version}/${kind}`)
      const node = name === undefined ? undefined : compiler(name)
      return node?.type === 'object' ? node : undefined
    },
  }
}

/** Models such as DeleteOptions belong to every group; a kind's own model names just one. */
function rootKind(
  schema: JsonObject,
): { readonly group: Json; readonly version: Json; readonly kind: Json } | undefined {
  const kinds = schema['x-kubernetes-group-version-kind']
  const only = Array.isArray(kinds) && kinds.length === 1 ? kinds[0] : undefined
  if (!isJsonObject(only)) return undefined
  const { group = '', version = '', kind = '' } = only
  return { group, version, kind }
}

const KEPT = [
  'type',
  'format',
  '$ref',
  'default',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
] as const

/** What comparing needs of a schema: descriptions and validation are most of its text. */
export function reduceSchema(schema: JsonObject): JsonObject {
  const reduced: Record<string, Json> = {}
  for (const name of KEPT) if (schema[name] !== undefined) reduced[name] = schema[name]
  const { properties, items, additionalProperties, allOf } = schema
  if (isJsonObject(properties)) reduced.properties = Object.fromEntries(Object.entries(properties).map(reduceEntry))
  if (isJsonObject(items)) reduced.items = reduceSchema(items)
  if (isJsonObject(additionalProperties)) reduced.additionalProperties = reduceSchema(additionalProperties)
  else if (additionalProperties === true) reduced.additionalProperties = {}
  // Built-in models wrap a reference that has a default in an allOf of one.
  const [wrapped] = Array.isArray(allOf) && allOf.length === 1 ? allOf : []
  if (isJsonObject(wrapped) && typeof wrapped.$ref === 'string') reduced.$ref = wrapped.$ref
  return reduced
}

function reduceEntry([name, schema]: readonly [string, Json]): readonly [string, Json] {
  return [name, isJsonObject(schema) ? reduceSchema(schema) : {}]
}

function createCompiler(models: ReadonlyMap<string, string>): (name: string) => SchemaNode {
  const nodes = new Map<string, SchemaNode>()
  const compile = (name: string): SchemaNode => {
    const known = nodes.get(name)
    if (known !== undefined) return known
    if (Object.hasOwn(SCALARS, name)) return SCALARS[name] ?? ANY
    if (SCHEMA_OR.test(name)) return compile(name.replace(SCHEMA_OR, '.JSONSchemaProps'))
    // Two models that refer to each other and to nothing else describe nothing.
    nodes.set(name, ANY)
    const text = models.get(name)
    const schema = text === undefined ? undefined : parseJson(text)
    const node = isJsonObject(schema) ? compileModel(name, schema, compile) : ANY
    nodes.set(name, node)
    return node
  }
  return compile
}

function compileModel(name: string, schema: JsonObject, compile: (name: string) => SchemaNode): SchemaNode {
  if (!GO_TYPE.test(name)) return compileSchema(schema, { compile, name })
  const node = compileSchema(schema, { compile, name, goType: true })
  if (node.type !== 'object') return node
  const { atomic } = node
  return lazyObject({ name, atomic, closed: true }, () => {
    const known = builtinType(name)
    const rules = fieldRules(name)
    const fields = [...node.fields].map(([key, field]): readonly [string, SchemaField] => {
      const keepsZero = known?.fields.get(key)?.keepsZero ?? keepsZeroByType(field.node)
      const itemRule = rules[`${key}.*`]
      const inner = itemRule === undefined ? field.node : withItemRule(field.node, itemRule)
      const rule = Object.hasOwn(rules, key) ? rules[key] : undefined
      return [key, { node: inner, keepsZero, default: rule?.default ?? nonZero(field.default), rule }]
    })
    return { fields: new Map(fields), values: node.values }
  })
}

/** A default that is Go's zero value is dropped: it only shows that the field is no pointer. */
function nonZero(value: Json | undefined): Json | undefined {
  const isZero =
    value === '' || value === 0 || value === false || (isJsonObject(value) && Object.keys(value).length === 0)
  return isZero ? undefined : value
}

function withItemRule(node: SchemaNode, rule: FieldRule): SchemaNode {
  if (node.type === 'list')
    return lazyList({ list: node.list }, () => ({ keys: node.keys, item: { ...node.item, rule } }))
  if (node.type !== 'object' || node.values === undefined) return node
  const { name, atomic, closed, fields, values } = node
  return lazyObject({ name, atomic, closed }, () => ({ fields, values: { ...values, rule } }))
}

/** For fields of a newer server than the table: collections lose their zero value in storage; new scalars are pointers by convention. */
function keepsZeroByType(node: SchemaNode): boolean {
  return !(node.type === 'list' || (node.type === 'object' && node.values !== undefined))
}

interface Compilation {
  readonly compile: (name: string) => SchemaNode
  readonly name: string
  readonly goType?: true
}

/** The node of a schema that is no model of its own; for CRDs, `compile` resolves nothing. */
export function compileSchema(schema: JsonObject, compilation: Compilation): SchemaNode {
  const { compile, goType } = compilation
  const mapType = schema['x-kubernetes-map-type']
  if (typeof schema.$ref === 'string') {
    if (!schema.$ref.startsWith(REFERENCE)) return ANY
    const node = compile(schema.$ref.slice(REFERENCE.length))
    return mapType === 'atomic' || mapType === 'granular' ? withAtomicity(node, mapType === 'atomic') : node
  }
  const inner = (part: Json | undefined) =>
    isJsonObject(part) ? compileField(part, { compile, name: '', ...(goType && { goType }) }) : ANY_FIELD
  if (schema['x-kubernetes-int-or-string'] === true) return PLAIN
  if (schema.type === 'array') return compileList(schema, inner)
  if (schema.type === 'object') return compileObject(schema, compilation, mapType === 'atomic', inner)
  if (schema.type === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true) return ANY
  return goType && schema.format === 'byte' ? { type: 'scalar', scalar: 'bytes' } : PLAIN
}

function compileField(schema: JsonObject, compilation: Compilation): SchemaField {
  const fallback = schema.default === null ? undefined : schema.default
  return { node: compileSchema(schema, compilation), keepsZero: true, default: fallback, rule: undefined }
}

type Inner = (part: Json | undefined) => SchemaField

function compileList(schema: JsonObject, inner: Inner): SchemaNode {
  const kind = schema['x-kubernetes-list-type']
  const names = schema['x-kubernetes-list-map-keys']
  const keys = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
  const list = kind === 'set' ? 'set' : kind === 'map' && keys.length > 0 ? 'map' : 'atomic'
  return lazyList({ list }, () => {
    const item = { ...inner(schema.items), default: undefined }
    return { keys: list === 'map' ? listKeys(keys, item) : [], item }
  })
}

function compileObject(schema: JsonObject, { name, goType }: Compilation, atomic: boolean, inner: Inner): SchemaNode {
  const { properties, additionalProperties } = schema
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true
  // A bare `type: object` is free-form in Go's models (RawExtension, FieldsV1); in a CRD it is pruned to nothing.
  if (properties === undefined && additionalProperties === undefined && (preserves || goType)) return ANY
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const closed = !preserves && !embedded && additionalProperties === undefined
  return lazyObject({ name, atomic, closed }, () => ({
    fields: new Map(
      isJsonObject(properties) ? Object.entries(properties).map(([key, part]) => [key, inner(part)]) : [],
    ),
    values: additionalProperties === undefined ? undefined : { ...inner(additionalProperties), default: undefined },
  }))
}
