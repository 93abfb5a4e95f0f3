import type { LabelSelector } from './selector.ts'

/** Chooses objects; an absent part means any, `*` in a part any run of characters. */
export interface ObjectSelector {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
}

/** Differences that do not count; fields are named as in Argo CD's `ignoreDifferences`. */
export interface IgnoreRule extends ObjectSelector {
  /** Flux's targets: the parts are regular expressions for the whole text, and these select as well. */
  readonly flux?: {
    readonly version?: string
    readonly labels?: LabelSelector
    readonly annotations?: LabelSelector
  }
  readonly jsonPointers?: readonly string[]
  readonly jqPathExpressions?: readonly string[]
  readonly managedFieldsManagers?: readonly string[]
}

/** Kinds by globs of their groups and by their names; an empty list matches all, and so does the name `*`. */
export interface KindFilter {
  readonly groups: readonly string[]
  readonly kinds: readonly string[]
}

/** Which kinds the controller manages. */
export interface KindScope {
  /** Absent is all. */
  readonly included?: readonly KindFilter[]
  readonly excluded: readonly KindFilter[]
}

/** How the differences of one app are judged. */
export interface ComparePolicy {
  /** `server-side` asks the API server by SSA dry run, for users who grant that right. */
  readonly method: 'client-side' | 'server-side'
  /** Effect of what a person's tool added. */
  readonly added: 'drift' | 'report' | 'ignore'
  /** Field managers whose writes are GitOps writes; `*` at the end matches any rest. They win over `manualManagers`. */
  readonly managers: readonly string[]
  /** Field managers of people's tools; `*` at the end matches any rest. */
  readonly manualManagers: readonly string[]
  readonly ignore: readonly IgnoreRule[]
  /** `skip`: Secrets are neither read nor compared. */
  readonly secrets: 'compare' | 'skip'
  /** Declared objects of other kinds are ignored, and live ones are not looked for. Absent is all kinds. */
  readonly kinds?: KindScope
}
