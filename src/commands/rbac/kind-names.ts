import { randomBytes } from 'node:crypto'
import { connectCluster } from '../../clusters/connect.ts'
import { builtinKinds } from '../../kubernetes/builtin/table.ts'
import type { ClusterSpec } from '../../model/apps/inventory.ts'
import type { ServedKind } from '../../model/clusters/cluster.ts'
import { isJsonObject } from '../../model/json.ts'
import { type GroupKind, groupKindText, type KubernetesObject } from '../../model/object.ts'

/** What a kind is called in rules of a Role. */
export type KindName = Pick<ServedKind, 'group' | 'kind' | 'resource' | 'namespaced'>

/** By the kind, the first that is given. */
export function indexKinds(kinds: Iterable<KindName>): (kind: GroupKind) => KindName | undefined {
  const index = new Map<string, KindName>()
  for (const kind of kinds) if (!index.has(groupKindText(kind))) index.set(groupKindText(kind), kind)
  return (kind) => index.get(groupKindText(kind))
}

/** Kubernetes' own. */
export function ownKinds(): readonly KindName[] {
  return builtinKinds()
}

/** Those that the CustomResourceDefinitions among the objects define: the cluster may not have them yet. */
export function definedKinds(objects: readonly KubernetesObject[]): readonly KindName[] {
  return objects.flatMap(({ kind, spec }) => {
    if (kind !== 'CustomResourceDefinition' || !isJsonObject(spec) || !isJsonObject(spec.names)) return []
    const { group, scope, names } = spec
    if (typeof group !== 'string' || typeof names.kind !== 'string' || typeof names.plural !== 'string') return []
    return [{ group, kind: names.kind, resource: names.plural, namespaced: scope !== 'Cluster' }]
  })
}

/**
 * What the cluster serves. A cluster whose credentials a Secret holds is asked by the engine alone, so nothing is known of it here.
 * @throws CodedError `GDE_CLUSTER_*`, `GDE_SNAPSHOT_*`
 */
export async function servedKinds(spec: ClusterSpec, signal: AbortSignal): Promise<readonly KindName[]> {
  if (spec.access.type === 'kubeconfigText') return []
  const connector = connectCluster(spec, { redactionKey: randomBytes(32) })
  try {
    return (await connector.capabilities(signal)).kinds
  } finally {
    await connector.close()
  }
}
