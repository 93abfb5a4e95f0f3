import type { Confidential } from '../confidential.ts'
import type { Failure } from '../failure.ts'
import type { Controller } from '../identity.ts'
import type { RemoteReference } from '../sources/remote-reference.ts'
import type { RepositoryAddress } from '../sources/repository-url.ts'
import type { RepositoryId } from '../sources/source.ts'
import type { App } from './app.ts'

/** How a cluster is reached. Credentials inside are read where they are used, never here. */
export type ClusterAccess =
  | { readonly type: 'kubeconfig'; readonly path: string; readonly context?: string }
  | { readonly type: 'inCluster' }
  | { readonly type: 'snapshot'; readonly path: string; readonly kinds: readonly string[] }
  /** Text of a kubeconfig that a Secret holds: inline data only. `version` changes whenever the text does. */
  | {
      readonly type: 'kubeconfigText'
      readonly kubeconfig: Confidential
      readonly version: string
      /** What the config file allows it beyond inline data and an https address that is not on this host. */
      readonly allows?: readonly ('anyAddress' | 'proxy' | 'exec')[]
    }

export interface ClusterSpec {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly access: ClusterAccess
  /** Only these parts of it are read; absent is the whole cluster. */
  readonly scope?: ClusterScope
}

export interface ClusterScope {
  readonly namespaces: readonly string[]
  /** Objects that are in no namespace are read too. */
  readonly clusterResources: boolean
}

/** File paths are read again at each use, so that rotated credentials work without a reload. */
export type GitCredentials =
  | { readonly type: 'none' }
  | {
      readonly type: 'basicFiles'
      readonly username?: string
      readonly usernameFile?: string
      readonly passwordFile: string
    }
  | { readonly type: 'bearerFile'; readonly tokenFile: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: Confidential }
  | { readonly type: 'bearer'; readonly token: Confidential }

/** Absent in a spec is Git. */
export type ArchiveType =
  /** A repository of Helm charts: `index.yaml` and archives. */
  | 'helm'
  /** One repository of an OCI registry: charts, Flux's artifacts, Argo CD's. */
  | 'oci'
  /** One file that a server gives over https. */
  | 'file'

/** How the content of an OCI artifact is taken. */
export interface OciContent {
  /**
   * `chart`: the layer of a Helm chart, without its top folder. `argocd` and `flux`: as those controllers unpack artifacts, which differ in the
   * layer that they take and in what they do with links.
   */
  readonly reader: 'chart' | 'argocd' | 'flux'
  /** Media type of the layer (Flux's `layerSelector`); absent is the reader's own rule. */
  readonly layer?: string
}

export interface RepositorySpec {
  readonly id: RepositoryId
  /** What kind of server it is; absent is Git. */
  readonly type?: ArchiveType
  /** As declared; what labels show, without user info. */
  readonly url: string
  /** Where it is fetched from after rewrites: http(s), file or oci. */
  readonly fetchUrl: RepositoryAddress
  readonly credentials: GitCredentials
  readonly pollIntervalSeconds: number
  readonly caFile?: string
  /** PEM, of a Secret. */
  readonly ca?: string
  readonly insecureSkipVerify?: boolean
  readonly proxy?: string
  /** Of a Helm repository: credentials go to every host that its index names, too. */
  readonly passCredentials?: boolean
  /** Of a registry: it is asked by http. Only where the spec is trusted. */
  readonly plainHttp?: boolean
  /** Absent is a chart. */
  readonly oci?: OciContent
  /** It came from a resource, not from the config file: https only, no private addresses unless allowed. */
  readonly untrusted: boolean
}

/** Something that discovery could not use; it is shown to people and stops nothing else. */
export interface Problem {
  readonly subject: string
  readonly failure: Failure
}

/** Everything that config and discovery found: the whole input of the engine. */
export interface Inventory {
  readonly clusters: readonly ClusterSpec[]
  readonly repositories: readonly RepositorySpec[]
  readonly apps: readonly App[]
  readonly problems: readonly Problem[]
  /** Origins whose apps are not all listed yet: their known apps stay until they are. */
  readonly incomplete?: readonly Origin[]
  readonly applicationSets?: readonly ApplicationSetReport[]
  /** Every source of apps, once each. */
  readonly sources?: readonly SourceReport[]
  /** Where files of apps name what lies elsewhere; absent: nothing may be named. */
  readonly resolveRemote?: ResolveRemote
}

/** Who names something that lies elsewhere. */
export type RemoteOwner = Pick<App, 'controller' | 'declaredIn' | 'project' | 'namespace' | 'name'>

/**
 * The repository of what a file of the app names, if the app may have it, with no credentials but those that are for that repository and
 * that tenant.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export type ResolveRemote = (owner: RemoteOwner, reference: RemoteReference) => RepositorySpec

/** Whether the apps of a source are known. */
export interface SourceReport extends Origin {
  /** All of them were read, and what changes is seen. */
  readonly up: boolean
}

/** What one ApplicationSet should generate, compared with the Applications that exist. */
export interface ApplicationSetReport {
  /** The cluster whose API declares it. */
  readonly declaredIn: string
  readonly namespace: string
  readonly name: string
  /** How many Applications that it should generate do not exist; absent while that is not known. */
  readonly missing?: number
  /** How many Applications exist that it does not generate any more; absent while that is not known. */
  readonly stale?: number
}

/** Where apps come from: a controller's resources in one cluster; '' is the config file. */
export interface Origin {
  readonly controller: Controller
  readonly declaredIn: string
}
