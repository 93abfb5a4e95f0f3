import type { FieldRule } from '../schema/node.ts'
import { CORE_RULES } from './rules/core.ts'
import { EXTENSION_RULES } from './rules/extension.ts'
import { METADATA_RULES } from './rules/metadata.ts'
import { NETWORK_RULES } from './rules/network.ts'
import { POD_RULES } from './rules/pod.ts'
import { RESOURCE_RULES } from './rules/resource.ts'
import type { TypeRules } from './rules/rule-helpers.ts'
import { STORAGE_RULES } from './rules/storage.ts'
import { WORKLOAD_RULES } from './rules/workload.ts'

/**
 * What the API server does to fields of its own types beyond its OpenAPI documents. From `defaults.go` under
 * `pkg/apis`, the conversions, the strategies under `pkg/registry` and the admission plugins of Kubernetes 1.36; the
 * tests hold them to a real server. Types are named by group and name (`core.Container`): a type's versions differ in
 * nothing that matters here.
 */
const RULES: TypeRules = {
  ...METADATA_RULES,
  ...POD_RULES,
  ...CORE_RULES,
  ...WORKLOAD_RULES,
  ...NETWORK_RULES,
  ...STORAGE_RULES,
  ...EXTENSION_RULES,
  ...RESOURCE_RULES,
}

const NONE: Readonly<Record<string, FieldRule>> = {}

/** `io.k8s.api.core.v1.Container` → `core.Container`. */
const MODEL = /\.([^.]+)\.v[^.]+\.([^.]+)$/

/** The rules for the fields of a type, by OpenAPI model name; `field.*` is the rule for the items or values in a field. */
export function fieldRules(model: string): Readonly<Record<string, FieldRule>> {
  const match = MODEL.exec(model)
  const name = match === null ? '' : `${match[1]}.${match[2]}`
  return (Object.hasOwn(RULES, name) ? RULES[name] : undefined) ?? NONE
}
