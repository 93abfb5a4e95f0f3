import { type CompareInput, compareObject } from '../../src/drift/compare-object.ts'
import { builtinSchemas } from '../../src/kubernetes/builtin/table.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import type { ObjectVerdict } from '../../src/model/difference.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
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

export function verdictOf(
  desired: KubernetesObject,
  live: KubernetesObject | undefined,
  more: Partial<CompareInput> = {},
): ObjectVerdict {
  return compareObject({ desired, live, schemas: builtinSchemas(), policy: policyOf(GITOPS), ...more })
}

export function summary({ differences }: ObjectVerdict): readonly string[] {
  return differences.map((difference) => `${difference.class} ${difference.path}`)
}
