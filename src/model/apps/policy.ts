import type { LabelSelector } from '../selector.ts'

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

/** What tools write while people operate a cluster, not while they change what runs. */
export type OperationalMark = Pick<ObjectSelector, 'group' | 'kind'> &
  (
    | {
        /** Key of an annotation or label, on the object or a template in it; `*` is any run of characters. */
        readonly key: string
      }
    | {
        /** JSON pointer of a field; a step `*` is any field or item. */
        readonly path: string
      }
  )

/** A field of a custom resource that holds a type of Kubernetes, as in Argo CD's `knownTypeFields`. */
export interface KnownTypeField {
  readonly group: string
  readonly kind: string
  /** Names from the root down; lists on the way are gone through. */
  readonly field: readonly string[]
  /** `core/v1/PodSpec`, `core/Quantity`, `meta/v1/Duration`. */
  readonly type: string
}

/** How the differences of one app are judged. */
export interface ComparePolicy {
  /** `server-side` asks the API server by SSA dry run, for users who grant that right. */
  readonly method: 'client-side' | 'server-side'
  /** Effect of what a person's tool added. */
  readonly added: 'drift' | 'report' | 'ignore'
  /** Effect of what nobody owns on an object whose managedFields name owners: admission adds such fields. */
  readonly addedByNobody: 'drift' | 'report' | 'ignore'
  /** Besides those that are known: added by whomever, they are shown and no drift. */
  readonly operationalMarks: readonly OperationalMark[]
  /** Field managers whose writes are GitOps writes; `*` at the end matches any rest. They win over `manualManagers`. */
  readonly managers: readonly string[]
  /** Field managers of people's tools; `*` at the end matches any rest. */
  readonly manualManagers: readonly string[]
  readonly ignore: readonly IgnoreRule[]
  /** `skip`: Secrets are neither read nor compared. */
  readonly secrets: 'compare' | 'skip'
  /** Besides those that are known by default. */
  readonly knownTypes?: readonly KnownTypeField[]
  /** Declared objects of other kinds are ignored, and live ones are not looked for. Absent is all kinds. */
  readonly kinds?: KindScope
}
