import type { KubernetesObject } from '../model/object.ts'
import { withoutPointers } from './pointer.ts'

/** What the ignore rules come to for one object, jq already resolved to the pointers that it matched. */
export interface ResolvedIgnores {
  /** JSON pointers into the desired object. */
  readonly desired: readonly string[]
  /** JSON pointers into the live object. */
  readonly live: readonly string[]
  /** Field managers whose fields are theirs, by exact name. */
  readonly managers: readonly string[]
}

export const NOTHING_IGNORED: ResolvedIgnores = { desired: [], live: [], managers: [] }

/** Both objects without what is ignored, as Argo CD removes it from both before it compares. */
export function applyIgnores(
  desired: KubernetesObject,
  live: KubernetesObject,
  ignores: ResolvedIgnores,
): { readonly desired: KubernetesObject; readonly live: KubernetesObject } {
  return {
    desired: ignores.desired.length === 0 ? desired : without(desired, ignores.desired),
    live: ignores.live.length === 0 ? live : without(live, ignores.live),
  }
}

/** Identity and ownership stay, whatever a rule says: they are how the object is found and judged. */
function without(object: KubernetesObject, pointers: readonly string[]): KubernetesObject {
  const rest = withoutPointers(object, pointers) ?? {}
  const metadata = withoutPointers(object.metadata, pointers.flatMap(belowMetadata)) ?? {}
  const { name, managedFields } = object.metadata
  return {
    ...rest,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { ...metadata, name, ...(managedFields !== undefined && { managedFields }) },
  }
}

function belowMetadata(pointer: string): readonly string[] {
  if (pointer === '' || pointer === '/metadata') return ['']
  return pointer.startsWith('/metadata/') ? [pointer.slice('/metadata'.length)] : []
}
