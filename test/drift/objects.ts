import { type CompareInput, compareObject } from '../../src/drift/compare-object.ts'
import { builtinSchemas } from '../../src/kubernetes/builtin/table.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { policyOf } from './judge-case.ts'

export const GITOPS = 'kustomize-controller'

export interface Entry {
  readonly manager: string
  readonly operation?: 'Apply' | 'Update'
  readonly subresource?: string
  readonly time?: string
  readonly apiVersion?: string
  readonly fields: Json
}

/** managedFields as the server writes them. */
export function managed(...entries: readonly Entry[]): Json {
  return entries.map(({ fields, operation = 'Update', apiVersion = 'apps/v1', ...entry }) => ({
    ...entry,
    operation,
    apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
  }))
}

export function object(
  kind: string,
  parts: JsonObject = {},
  metadata: JsonObject = {},
  apiVersion = 'v1',
): KubernetesObject {
  return asKubernetesObject({ apiVersion, kind, metadata: { name: 'x', namespace: 'shop', ...metadata }, ...parts })
}

export function configMap(data: JsonObject, metadata: JsonObject = {}): KubernetesObject {
  return object('ConfigMap', { data }, metadata)
}

/** A Deployment with one container and what is given beside. */
export function deployment(
  spec: JsonObject = {},
  container: JsonObject = {},
  metadata: JsonObject = {},
): KubernetesObject {
  const containers = [{ name: 'main', image: 'nginx:1', ...container }]
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers } }
  return object(
    'Deployment',
    { spec: { selector: { matchLabels: { app: 'x' } }, template, ...spec } },
    metadata,
    'apps/v1',
  )
}

/** The live object with managedFields of a server-side apply of what Git declares, unless it has some. */
export function recorded(live: KubernetesObject, desired: KubernetesObject): KubernetesObject {
  if (live.metadata.managedFields !== undefined) return live
  const { apiVersion, kind: _kind, metadata, ...content } = desired
  const { name: _name, namespace: _namespace, ...written } = metadata
  const fields = fieldsOf({ ...content, metadata: written })
  return {
    ...live,
    metadata: { ...live.metadata, managedFields: managed({ manager: GITOPS, operation: 'Apply', apiVersion, fields }) },
  }
}

/** A FieldsV1 set, lists as a whole. */
function fieldsOf(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null ? [] : [[`f:${key}`, isJsonObject(inner) ? fieldsOf(inner) : {}]],
    ),
  )
}

interface More extends Partial<CompareInput> {
  /** The live object gets managedFields, if it has none: those of what Git declares. */
  readonly recorded?: true
}

/** What nobody owns is judged: the object has managedFields. */
export const RECORDED: More = { recorded: true }

export function verdictOf(
  desired: KubernetesObject,
  live: KubernetesObject | undefined,
  { recorded: isRecorded, ...more }: More = {},
): ObjectVerdict {
  const found = live !== undefined && isRecorded ? recorded(live, desired) : live
  return compareObject({ desired, live: found, schemas: builtinSchemas(), policy: policyOf(GITOPS), ...more })
}

export function summary({ differences }: ObjectVerdict): readonly string[] {
  return differences.map((difference) => `${difference.class} ${difference.path}`)
}
