import { builtinKinds } from '../../kubernetes/builtin/table.ts'
import type { ServedKind } from '../../model/clusters/cluster.ts'
import { type GroupKind, groupKindText, type ObjectKey } from '../../model/object.ts'
import type { CustomKind } from './custom-kinds.ts'

/** Kinds that are known without a server: those that the snapshot says were served, or else Kubernetes' own, and those of its CRDs. */
export interface Scopes {
  readonly custom: readonly CustomKind[]
  readonly served: readonly ServedKind[]
  kind(kind: GroupKind): ServedKind | undefined
  /** The key as the server would have it: a namespace for namespaced kinds (`default` where none is given), none for others. */
  withServerNamespace(key: ObjectKey): ObjectKey
}

/** @param described what the cluster served when the snapshot was made, where it says so */
export function createScopes(custom: readonly CustomKind[], described?: readonly ServedKind[]): Scopes {
  const known: readonly ServedKind[] = described ?? builtinKinds().map((kind) => ({ ...kind, versionsGuessed: true }))
  const served = new Map<string, ServedKind>(known.map((kind) => [groupKindText(kind), kind]))
  for (const kind of custom) served.set(groupKindText(kind.served), kind.served)
  return {
    custom,
    served: [...served.values()],
    kind: (kind) => served.get(groupKindText(kind)),
    withServerNamespace: (key) => {
      const known = served.get(groupKindText(key))
      // Of a kind that nobody explains, the objects say it themselves: kubectl writes the namespace.
      if (known === undefined) return key
      const namespace = known.namespaced ? key.namespace || 'default' : ''
      return namespace === key.namespace ? key : { ...key, namespace }
    },
  }
}
