import type { Failure } from '../failure.ts'

/** Whose rights decide which objects an app may touch. An object outside of them is neither looked up nor compared. */
export type ObjectPermission = ProjectPermission | AccountPermission

/** What an AppProject permits in one cluster. */
export interface ProjectPermission {
  readonly by: 'project'
  readonly project: string
  /** For objects with a namespace: permitted where some rule permits it and none denies it. */
  readonly namespaces: readonly NamespaceRule[]
  readonly namespaced: KindPermission
  readonly clusterScoped: KindPermission
}

export interface NamespaceRule {
  /** A glob; with `!` before it, what that does not match. */
  readonly pattern: string
  readonly whenMatching: 'permit' | 'deny' | 'ignore'
  readonly otherwise: 'deny' | 'ignore'
}

export interface KindPermission {
  /** Absent: every kind. */
  readonly allowed?: readonly KindPattern[]
  readonly denied: readonly KindPattern[]
}

/** Patterns of Go's `filepath.Match`. */
export interface KindPattern {
  readonly group: string
  readonly kind: string
  /** Absent: every name. */
  readonly name?: string
}

/** What the service account that Flux impersonates may get in one cluster, and all of the account's own namespace. */
export interface AccountPermission {
  readonly by: 'account'
  readonly account: ServiceAccount
  readonly grants: readonly Grant[]
  /** Why its grants are not known: then there are none. */
  readonly unknown?: Failure
}

export interface ServiceAccount {
  readonly namespace: string
  readonly name: string
}

/** One rule of a Role that is bound to the account and lets it `get`. */
export interface Grant {
  /** Absent: in the whole cluster. */
  readonly namespace?: string
  /** `*` is every group. */
  readonly groups: readonly string[]
  /** Plural names as in URLs; `*` is all. */
  readonly resources: readonly string[]
  /** Empty: every name. */
  readonly names: readonly string[]
}
