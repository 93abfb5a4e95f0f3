import type { JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'

/** A kind that no list of built-in ones has, of one version. */
export interface DefinedKind {
  readonly group: string
  /** `Widget`. */
  readonly kind: string
  readonly scope: 'Namespaced' | 'Cluster'
  /** Default v1. */
  readonly version?: string
  /** Schemas of the fields of `spec`; absent: the schema is an object of whatever. */
  readonly spec?: JsonObject
}

/** The definition of a kind, as an API server takes it. */
export function definitionOf({ group, kind, scope, version = 'v1', spec }: DefinedKind): KubernetesObject {
  const singular = kind.toLowerCase()
  const plural = `${singular}s`
  const properties = spec && { spec: { type: 'object', properties: spec } }
  const openAPIV3Schema = { type: 'object', ...(properties && { properties }) }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, scope, names: { kind, plural, singular, listKind: `${kind}List` } },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}
