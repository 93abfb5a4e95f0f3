import type { Failure } from './failure.ts'
import type { AppId, AppIdentity } from './identity.ts'
import type { GroupKind } from './object.ts'
import type { ComparePolicy } from './policy.ts'
import type { ReportedStatus } from './reported-status.ts'
import type { Source } from './source.ts'
import type { StoredRelease } from './stored-release.ts'

/** How the controller marks the objects that belong to an app: what finds `extra` objects. */
export type Tracking =
  | { readonly method: 'none' }
  /** Argo CD: `argocd.argoproj.io/tracking-id` names app and object; with an installation ID beside it. */
  | {
      readonly method: 'annotation' | 'annotation+label' | 'label'
      readonly appName: string
      readonly labelKey: string
      readonly installationId?: string
    }
  /** Flux: labels `{group}/name` and `{group}/namespace`. */
  | {
      readonly method: 'flux'
      readonly group: 'kustomize.toolkit.fluxcd.io' | 'helm.toolkit.fluxcd.io'
      readonly name: string
      readonly namespace: string
    }
  /** Helm: annotations `meta.helm.sh/release-name` and `-namespace`. */
  | { readonly method: 'helm'; readonly release: string; readonly namespace: string }

export interface Destination {
  /** Name of a cluster in the inventory; '' when it cannot be told (then `App.problem` says why). */
  readonly cluster: string
  /** As declared or resolved; a label only. */
  readonly server: string
  /** Where objects without a namespace go. */
  readonly namespace: string
}

/** One unit of desired state with one destination. */
export interface App extends AppIdentity {
  readonly id: AppId
  /** Argo CD's project, or what the config says; '' if none. */
  readonly project: string
  readonly labels: Readonly<Record<string, string>>
  readonly sources: readonly Source[]
  /** What was installed, where that stands for the desired state: then there are no sources. */
  readonly storedRelease?: StoredRelease
  readonly to: Destination
  readonly tracking: Tracking
  readonly policy: ComparePolicy
  /**
   * Namespaces whose live values may be shown though the objects do not carry the app's own mark; `*` is everything, what is in no
   * namespace too.
   */
  readonly showValues?: readonly string[]
  readonly autoSync: boolean
  /** Commits that the controller reports as applied, one per source; absent when no controller tells. */
  readonly applied?: readonly string[]
  /**
   * Kinds of which the controller says that it applied objects (Argo CD's `status.resources`, Flux's `status.inventory`): objects
   * that Git no longer has are looked for there too.
   */
  readonly appliedKinds?: readonly GroupKind[]
  /** What the controller itself says of the app. */
  readonly reportedStatus?: Omit<ReportedStatus, 'disagrees'>
  /** How long the controller may take by its own settings, seconds. */
  readonly syncIntervalSeconds?: number
  /** Names of what the controller waits for before it applies this, for display. */
  readonly dependsOn?: readonly string[]
  /**
   * Argo CD's `managedNamespaceMetadata`: the destination's namespace, where it carries the app's mark and is not declared, should have
   * these.
   */
  readonly namespaceMetadata?: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  /** What makes this app impossible to evaluate: its verdict is Unknown with this reason. */
  readonly problem?: Failure
}
