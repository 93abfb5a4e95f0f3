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

/** A secret as text of a Secret, or of a file that is read again at each use, so that what is rotated works without a reload. */
export type SecretText = Confidential | { readonly file: string }

/** A program that hands out credentials. Only the config file names one. */
export interface CredentialHelper {
  /** Program and arguments; `get` is added. */
  readonly command: readonly [string, ...string[]]
  /** What it speaks: git's helper protocol (git-credential), or docker's. */
  readonly protocol: 'git' | 'docker'
  /** Git's helpers are told the path, as by git's setting of that name: credentials are of one repository then. */
  readonly useHttpPath?: boolean
  /** Variables of this process that it gets; it gets no others. */
  readonly variables: readonly string[]
}

export interface SshCredentials {
  readonly type: 'ssh'
  readonly privateKey: SecretText
  /** Of a key that is encrypted. */
  readonly passphrase?: SecretText
}

export interface GitHubAppCredentials {
  readonly type: 'githubApp'
  readonly appId: string
  /** Without both it is the installation of the owner that the URL of the repository names. */
  readonly installationId?: string
  readonly installationOwner?: string
  readonly privateKey: SecretText
  /** Without a slash at its end: `https://api.github.com`. */
  readonly apiUrl: string
}

/** Who signs in to a server. File paths are read again at each use, so that rotated credentials work without a reload. */
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
  /** A refresh token of a registry, which gives tokens for it. */
  | { readonly type: 'identityToken'; readonly token: Confidential }
  | SshCredentials
  | GitHubAppCredentials
  | { readonly type: 'helper'; readonly helper: CredentialHelper }

/** Shown to a TLS server that asks who is there, PEM. */
export interface ClientCertificate {
  readonly certificate: SecretText
  readonly key: SecretText
}

export interface ProxyLogin {
  readonly username: string
  readonly password: Confidential
}

/** Absent in a spec is Git. */
export type ArchiveType =
  /** A repository of Helm charts: `index.yaml` and archives. */
  | 'helm'
  /** One repository of an OCI registry: charts, Flux's artifacts, Argo CD's. */
  | 'oci'
  /** One file that a server gives over https. */
  | 'file'
  /** Artifacts of one source of Flux, which a controller of Flux serves (`status.artifact`). */
  | 'artifact'

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
  /** Where it is fetched from after rewrites: http(s), ssh, file or oci. */
  readonly fetchUrl: RepositoryAddress
  /** Of a repository on this machine: this commit stands for every revision. */
  readonly commit?: string
  readonly credentials: GitCredentials
  readonly pollIntervalSeconds: number
  readonly caFile?: string
  /** PEM, of a Secret. */
  readonly ca?: string
  /** No certificate is checked, and no host key. */
  readonly insecureSkipVerify?: boolean
  readonly clientCertificate?: ClientCertificate
  /** Lines of a known_hosts file, those that are about the host: which SSH servers are who they say. */
  readonly knownHosts?: string
  /** The same in a file of the config, which is read at each connection. */
  readonly knownHostsFile?: string
  readonly proxy?: string
  readonly proxyLogin?: ProxyLogin
  /** Of a Helm repository: credentials go to every host that its index names, too. */
  readonly passCredentials?: boolean
  /** Of a registry: it is asked by http. Only where the spec is trusted. */
  readonly plainHttp?: boolean
  /** Of a Helm repository or a registry: archives in this folder of the config stand for it, and no server is asked. Absolute. */
  readonly chartFolder?: string
  /** Absent is a chart. */
  readonly oci?: OciContent
  /** It came from a resource, not from the config file: https or ssh only, no address of this host or of metadata services. */
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
