/** What an AppProject permits in one cluster: an object outside of it is neither looked up nor compared. */
export interface ObjectPermission {
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
