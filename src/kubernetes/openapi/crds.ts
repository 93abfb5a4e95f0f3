import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { builtinType } from '../builtin/table.ts'
import { ANY, lazyObject, type ObjectNode, PLAIN, type SchemaField } from '../schema/node.ts'
import type { SchemaIndex } from '../schema/schema-index.ts'
import { isDeeperThan } from '../serialization/json.ts'
import { compileSchema, reduceSchema } from './openapi.ts'

const MAX_DEPTH = 500
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/**
 * An index over the schemas inside CustomResourceDefinitions (`apiextensions.k8s.io/v1`), for snapshots, which have no OpenAPI
 * documents. Other objects are passed over; a version without a schema is unknown.
 */
export function schemasFromCrds(objects: readonly KubernetesObject[]): SchemaIndex {
  const schemas = new Map<string, JsonObject>()
  for (const object of objects) {
    if (object.kind !== 'CustomResourceDefinition' || !isJsonObject(object.spec)) continue
    const { group, names, versions, preserveUnknownFields } = object.spec
    if (typeof group !== 'string' || !isJsonObject(names) || !Array.isArray(versions)) continue
    for (const version of versions) {
      const schema = schemaOf(version)
      if (schema === undefined || !isJsonObject(version)) continue
      // What was made as v1beta1 may still keep unknown fields as a whole.
      const kept = preserveUnknownFields === true ? { 'x-kubernetes-preserve-unknown-fields': true } : {}
      schemas.set(`${group}/${version.name}/${names.kind}`, { ...reduceSchema(schema), ...kept })
    }
  }
  const nodes = new Map<string, ObjectNode | undefined>()
  return {
    kind: (group, version, kind) => {
      const key = `${group}/${version}/${kind}`
      if (!nodes.has(key)) nodes.set(key, compileRoot(schemas.get(key)))
      return nodes.get(key)
    },
  }
}

function schemaOf(version: Json): JsonObject | undefined {
  const schema = isJsonObject(version) ? version.schema : undefined
  const root = isJsonObject(schema) ? schema.openAPIV3Schema : undefined
  return isJsonObject(root) && !isDeeperThan(root, MAX_DEPTH) ? root : undefined
}

/** A custom resource has apiVersion, kind and metadata whether its schema says so or not. */
function compileRoot(schema: JsonObject | undefined): ObjectNode | undefined {
  if (schema === undefined) return undefined
  const node = compileSchema({ type: 'object', ...schema }, { compile: () => ANY, name: '' })
  if (node.type !== 'object') return undefined
  const metadata = builtinType(OBJECT_META)
  const { name, atomic, closed } = node
  return lazyObject({ name, atomic, closed }, () => ({
    fields: new Map([
      ...node.fields,
      ['apiVersion', identity(PLAIN)],
      ['kind', identity(PLAIN)],
      ['metadata', identity(metadata ?? ANY)],
    ]),
    values: node.values,
  }))
}

function identity(node: SchemaField['node']): SchemaField {
  return { node, keepsZero: false, default: undefined, rule: undefined }
}
