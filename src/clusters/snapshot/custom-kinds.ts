import { createHash } from 'node:crypto'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import type { OpenApiDocument, ServedKind } from '../../model/clusters/cluster.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import { SNAPSHOT_VERBS } from './description.ts'
import type { FileState } from './files.ts'
import { unpackJson } from './packed-json.ts'
import type { SnapshotFile } from './parse-file.ts'

/** One kind that a CustomResourceDefinition of the snapshot defines. */
export interface CustomKind {
  readonly served: ServedKind
  /** Of the CRD as it is written. */
  readonly hash: string
  /** OpenAPI v3 by version. */
  readonly schemas: ReadonlyMap<string, JsonObject>
}

/** Cached by file: parsing large CRDs again at each change of another file would be most of the work. */
const known = new WeakMap<SnapshotFile, readonly CustomKind[]>()

/** The kinds of all CRDs; invalid CRDs define nothing. */
export function customKinds(files: readonly FileState[]): readonly CustomKind[] {
  return files.flatMap(({ content }) => (content === undefined ? [] : kindsIn(content)))
}

function kindsIn(content: SnapshotFile): readonly CustomKind[] {
  const before = known.get(content)
  if (before !== undefined) return before
  const kinds = content.objects
    .filter(({ key }) => key.kind === 'CustomResourceDefinition' && key.group === 'apiextensions.k8s.io')
    .flatMap(({ json }) => readDefinition(unpackJson(json)))
  known.set(content, kinds)
  return kinds
}

function readDefinition(json: string): readonly CustomKind[] {
  const definition = parseJson(json)
  const spec = isJsonObject(definition) ? definition.spec : undefined
  const names = isJsonObject(spec) ? spec.names : undefined
  if (!isJsonObject(spec) || !isJsonObject(names)) return []
  const { kind, plural } = names
  const { group, scope } = spec
  if (typeof kind !== 'string' || typeof plural !== 'string' || typeof group !== 'string') return []
  const versions = (Array.isArray(spec.versions) ? spec.versions : [])
    .filter(isJsonObject)
    .filter((version) => version.served === true)
  const named = versions.flatMap((version) => (typeof version.name === 'string' ? [version.name] : []))
  const schemas = new Map<string, JsonObject>()
  for (const { name, schema } of versions) {
    const openapi = isJsonObject(schema) ? schema.openAPIV3Schema : undefined
    if (typeof name === 'string' && isJsonObject(openapi)) schemas.set(name, openapi)
  }
  const namespaced = scope === 'Namespaced'
  const served = { group, kind, resource: plural, namespaced, verbs: SNAPSHOT_VERBS, versions: byPriority(named) }
  return [{ served, schemas, hash: createHash('sha256').update(json).digest('hex') }]
}

/** Kubernetes' order of versions: stable before beta before alpha, higher before lower, anything else at the end by name. */
function byPriority(versions: readonly string[]): readonly string[] {
  const rank = (version: string): readonly [number, number, number] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
    if (match === null) return [3, 0, 0]
    const [, major, stage, minor] = match
    return [stage === undefined ? 0 : stage === 'beta' ? 1 : 2, -Number(major), -Number(minor ?? 0)]
  }
  return versions.toSorted((left, right) => {
    const [a, b] = [rank(left), rank(right)]
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || (left < right ? -1 : 1)
  })
}

/** The part of ObjectMeta that tells maps and list keys, which a CRD takes for granted. */
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const TEXT = { type: 'string' }
const TEXT_MAP = { type: 'object', additionalProperties: TEXT }
const OBJECT_META_SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    name: TEXT,
    namespace: TEXT,
    generateName: TEXT,
    labels: TEXT_MAP,
    annotations: TEXT_MAP,
    finalizers: { type: 'array', items: TEXT, 'x-kubernetes-list-type': 'set' },
    ownerReferences: {
      type: 'array',
      items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
    },
  },
}

/** The schemas of one group and version, as a server of these CRDs would publish them. */
export function customOpenApi(
  kinds: readonly CustomKind[],
  group: string,
  version: string,
): OpenApiDocument | undefined {
  const schemas: Record<string, JsonObject> = {}
  const hash = createHash('sha256')
  for (const kind of kinds) {
    const schema = kind.served.group === group ? kind.schemas.get(version) : undefined
    if (schema === undefined) continue
    const name = [...group.split('.').toReversed(), version, kind.served.kind].join('.')
    schemas[name] = rootSchema(schema, { group, version, kind: kind.served.kind })
    hash.update(kind.hash)
  }
  if (Object.keys(schemas).length === 0) return undefined
  const document = { openapi: '3.0.0', components: { schemas: { ...schemas, [OBJECT_META]: OBJECT_META_SCHEMA } } }
  return { hash: hash.update(version).digest('hex'), read: async () => ({ document, isProven: true }) }
}

/** Every custom resource has these three, whatever its CRD says of them. */
function rootSchema(schema: JsonObject, kind: JsonObject): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {}
  const metadata = { $ref: `#/components/schemas/${OBJECT_META}` }
  return {
    ...schema,
    properties: { ...properties, apiVersion: TEXT, kind: TEXT, metadata },
    'x-kubernetes-group-version-kind': [kind],
  }
}
