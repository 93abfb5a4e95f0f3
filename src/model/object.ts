import type { JsonObject } from './json.ts'

/** A kind without its version: drift is judged per object, in whichever version the server serves. */
export interface GroupKind {
  /** '' is the core group. */
  readonly group: string
  readonly kind: string
}

/** What names one object in one cluster. `namespace` is '' for cluster-scoped objects. */
export interface ObjectKey extends GroupKind {
  readonly namespace: string
  readonly name: string
}

/** One Kubernetes object, checked at the border for having these (kubernetes/object.ts). */
export interface KubernetesObject extends JsonObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMetadata
}

/** `name` may be '' only for objects with `generateName`, which never equal a live object. */
export type ObjectMetadata = JsonObject & {
  readonly name: string
}

/** `group/kind/namespace/name`: '/' occurs in none of the parts, so the text is as good as the key. */
export function objectKeyText(key: ObjectKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`
}

export function groupKindText(kind: GroupKind): string {
  return kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
}
