import type { Failure } from '../failure.ts'
import type { AppId, AppIdentity } from '../identity.ts'
import type { GroupKind } from '../object.ts'
import type { Source } from '../sources/source.ts'
import type { DeclaredRelease, StoredRelease } from '../sources/stored-release.ts'
import type { ReportedStatus } from '../verdicts/reported-status.ts'
import type { ObjectPermission } from './permission.ts'
import type { ComparePolicy } from './policy.ts'
import type { SyncWindow } from './sync-window.ts'

/** How the controller tracks the objects that belong to an app; finds `extra` objects. */
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

/** What the controller deletes of what the app no longer declares, by its own records: that alone is `extra`. */
export type Pruning =
  /** kustomize-controller: what its inventory lists, and what it applied itself though its inventory forgot it. */
  | {
      readonly by: 'inventory'
      /** As `objectKeyText` gives them. */
      readonly inventory: readonly string[]
      /** `spec.prune`: without it what is left stays, and is reported. */
      readonly isEnabled: boolean
    }
  /** Helm: what the manifest of the revision before has; nothing where there was no revision before. */
  | { readonly by: 'manifest'; readonly before?: StoredRelease }
  /** Helm, while its storage cannot be read: what it wrote itself. */
  | { readonly by: 'writer' }

export interface Destination {
  /** Name of a cluster in the inventory; '' when it is not known (`App.problem` says why). */
  readonly cluster: string
  /** As declared or resolved; a label only. */
  readonly server: string
  /** Where objects without a namespace go. */
  readonly namespace: string
}

/**
 * Desired state with one destination: an Application, a Kustomization, a HelmRelease, a Helm release, or an app of the
 * config.
 */
export interface App extends AppIdentity {
  readonly id: AppId
  /** Argo CD's project, or what the config says; '' if none. */
  readonly project: string
  /** The ApplicationSet that made it. */
  readonly applicationSet?: string
  readonly labels: Readonly<Record<string, string>>
  readonly sources: readonly Source[]
  /** What Helm installed: where there are no sources, that is the desired state. */
  readonly storedRelease?: StoredRelease
  /** What the HelmRelease declares of that. */
  readonly declaredRelease?: DeclaredRelease
  /** What stands for the source while it cannot be had: what Helm installed, or why that is not known either. */
  readonly withoutChart?: { readonly pruning: Pruning } | { readonly problem: Failure }
  readonly to: Destination
  readonly tracking: Tracking
  /** Absent: whatever its mark names, as in Argo CD. */
  readonly pruning?: Pruning
  readonly policy: ComparePolicy
  /** What its AppProject permits; absent: everything. */
  readonly permission?: ObjectPermission
  /**
   * Namespaces whose live values may be shown of objects that the app does not track; `*` is everything, cluster-scoped
   * objects included.
   */
  readonly showValues?: readonly string[]
  readonly autoSync: boolean
  /** Commits that the controller reports as applied, one per source; absent when it reports none. */
  readonly applied?: readonly string[]
  /**
   * Kinds of the objects that the controller reports as applied (Argo CD's `status.resources`, Flux's
   * `status.inventory`): they are searched for objects that Git no longer has.
   */
  readonly appliedKinds?: readonly GroupKind[]
  /** The status of the app by its controller. */
  readonly reportedStatus?: Omit<ReportedStatus, 'disagrees'>
  /** The controller's own sync interval, seconds. */
  readonly syncIntervalSeconds?: number
  /** Those that are for the app, where there are any. */
  readonly syncWindows?: readonly SyncWindow[]
  /** Names of the apps that the controller applies first, for display. */
  readonly dependsOn?: readonly string[]
  /**
   * Argo CD's `managedNamespaceMetadata`: what the namespace of the destination should have, where the app tracks it
   * and does not declare it.
   */
  readonly namespaceMetadata?: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  /** Why the app cannot be evaluated: its verdict is Unknown with this reason. */
  readonly problem?: Failure
}
