import type { KubernetesObject } from '../model/object.ts'
import { withoutPointers } from './pointer.ts'

/** The ignore rules that match one object, with jq expressions resolved to JSON pointers. */
export interface ResolvedIgnores {
  /** JSON pointers into the desired object. */
  readonly desired: readonly string[]
  /** JSON pointers into the live object. */
  readonly live: readonly string[]
  /** Field managers whose fields are not compared, by exact name. */
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
    desired: ignores.desired.length === 0 ? desired : removePointers(desired, ignores.desired),
    live: ignores.live.length === 0 ? live : removePointers(live, ignores.live),
  }
}

/** Identity and managedFields are never removed: they are needed to find and judge the object. */
function removePointers(object: KubernetesObject, pointers: readonly string[]): KubernetesObject {
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
