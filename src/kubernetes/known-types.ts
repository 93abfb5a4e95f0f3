import type { KnownTypeField } from '../model/apps/policy.ts'
import { builtinType } from './builtin/table.ts'
import type { AnyNode, ObjectNode, SchemaNode } from './schema/node.ts'
import { typedRoot, typesAt } from './schema/typed-node.ts'

/** Argo CD's `ensureDefaultCRDsConfigured`: known where nothing else is said of the kind. */
const ROLLOUT: KnownTypeField = {
  group: 'argoproj.io',
  kind: 'Rollout',
  field: ['spec', 'template', 'spec'],
  type: 'core/v1/PodSpec',
}

/** The schema of a type by Argo CD's name for it (`diffing_known_types.txt`); undefined for one that it does not know. */
export function knownType(name: string): SchemaNode | undefined {
  if (name === 'core/Quantity') return { type: 'scalar', scalar: 'quantity' }
  if (name === 'meta/v1/Duration') return { type: 'scalar', scalar: 'duration' }
  const [, type = ''] = /^core\/v1\/(\w+)$/.exec(name) ?? []
  return builtinType(`io.k8s.api.core.v1.${type}`)
}

/**
 * The schema of a custom resource with what is known of its fields: a controller with a typed client writes quantities and zero values of
 * Kubernetes' own types anew, as Argo CD does before it compares (`knowntypes_normalizer.go`).
 */
export function withKnownTypes(
  node: ObjectNode | AnyNode,
  { group, kind }: { readonly group: string; readonly kind: string },
  fields: readonly KnownTypeField[],
): ObjectNode | AnyNode {
  const isOfKind = (field: KnownTypeField) => field.group === group && field.kind === kind
  const own = fields.filter(isOfKind)
  const known = own.length > 0 ? own : [ROLLOUT].filter(isOfKind)
  if (known.length === 0) return node
  const types = known.flatMap(({ field, type }) => {
    const found = knownType(type)
    return found === undefined ? [] : [{ path: field, node: found }]
  })
  return typedRoot(node, typesAt(types))
}
