import type { AccessSettings } from './access.ts'
import type { Tracking } from './apps/app.ts'
import type { ClientCertificate, ClusterSpec, GitCredentials, Problem } from './apps/inventory.ts'
import type { LinkTemplate } from './apps/links.ts'
import type { ComparePolicy, IgnoreRule } from './apps/policy.ts'
import type { AuditSource } from './journal/audit.ts'
import type { LabelSelector } from './selector.ts'
import type { AddressPattern, AddressPrefix } from './sources/address-start.ts'
import type { RepositoryLocation } from './sources/repository-url.ts'
import type { DirectoryOptions, HelmOptions, KustomizeOptions } from './sources/source.ts'
import type { WebhookReceiver } from './webhook.ts'

/** The config file as the program uses it: defaults filled in, durations in seconds, paths absolute. */
export interface Settings {
  /** Absolute path of the file. */
  readonly file: string
  readonly metrics: MetricsSettings
  readonly pages: ListenAddress
  /** Who may see what there; absent: everybody sees everything. */
  readonly access?: AccessSettings
  readonly webhooks: WebhookSettings
  /** How many exporters share the clusters, and which of them this is where the file says so. */
  readonly shards: { readonly count: number; readonly index?: number }
  /** Where people reach the status page, without a slash at its end; with shards, `{shard}` stands for the index. */
  readonly externalUrl?: string
  /** On the pages of apps. */
  readonly links: readonly LinkTemplate[]
  /** Full passes: five-field cron, UTC. */
  readonly schedule: string
  /** Absolute. */
  readonly stateDirectory: string
  readonly staleAfter: { readonly clusterSeconds: number; readonly gitSeconds: number }
  readonly journal: JournalSettings
  readonly audit: readonly AuditSource[]
  readonly rewrites: readonly Rewrite[]
  readonly charts: readonly ChartFolder[]
  readonly repositories: readonly RepositorySettings[]
  readonly credentials: readonly CredentialSettings[]
  readonly decryption: readonly DecryptionSettings[]
  readonly clusters: readonly ClusterSpec[]
  readonly apps: readonly AppSettings[]
  readonly discovery: DiscoverySettings
  readonly comparing: ComparingSettings
  readonly limits: LimitSettings
  readonly compatibility: { readonly argocd: boolean }
  /** What was found, and what lacks a right, where the config names neither apps nor discovery. */
  readonly found?: readonly Problem[]
  /** Values of the keys that are read once, at the start, as JSON text by their paths in the file, such as `metrics.port`. */
  readonly atNextStart: Readonly<Record<string, string>>
}

/** How much of the past is kept. */
export interface JournalSettings {
  /** Drift that ended longer ago is forgotten. */
  readonly days: number
  /** Of the file: the oldest is forgotten first. */
  readonly bytes: number
  /** Whether who wrote a commit is kept with it. */
  readonly commitAuthors: boolean
}

export interface ListenAddress {
  /** An IP address or host name; `0.0.0.0` and `::` are all addresses. */
  readonly address: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Who may connect, in the format of Prometheus' web config; absolute. Absent: everybody, in the clear. */
  readonly webConfigFile?: string
}

/** Where Git servers send push events. */
export interface WebhookSettings extends ListenAddress {
  /** Nothing listens without one. */
  readonly receivers: readonly WebhookReceiver[]
  /** Base URLs of shards and replicas, without a slash at their end; `{shard}` stands for an index. */
  readonly peers: readonly string[]
}

export interface MetricsSettings extends ListenAddress {
  /** App labels that `gitops_app_labels` carries. */
  readonly appLabels: readonly string[]
  /** Whether who wrote a commit is a label of `gitops_app_revision_info`. */
  readonly commitAuthors: boolean
  /** Whether apps have series, too, that follow from others. */
  readonly impliedSeries: boolean
  /** Whether `gitops_sync_lag_seconds` tells projects apart. */
  readonly lagByProject: boolean
  /** Whether OpenMetrics says since when what is counted is counted. */
  readonly createdTimestamps: boolean
  /** Names of the metrics that are exported, and of those that are not: `*` stands for any text. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  /** Alerts that need what is not exported. */
  readonly problems: readonly Problem[]
  /** Whoever reaches the listener may have the config read again. */
  readonly reload: boolean
}

/** A URL that starts with `match` is fetched from `fetchFrom` and what follows `match`. */
export interface Rewrite {
  /** Start of an address. */
  readonly match: AddressPrefix
  /** Start of the address that it is fetched from: http(s) or file. */
  readonly fetchFrom: AddressPrefix
}

/** Archives in a folder stand for the Helm repositories and registries whose addresses start with `match`. */
export interface ChartFolder {
  readonly match: AddressPrefix
  /** Absolute. */
  readonly folder: string
}

/** The default poll interval of repositories. */
export const DEFAULT_POLL_SECONDS = 30

/** A repository of the config file. */
export interface RepositorySettings {
  /** A text is a pattern with a star: for all that are like it, and then there is `fetchFrom`. */
  readonly url: RepositoryLocation | AddressPattern
  readonly fetchFrom?: RepositoryLocation
  /** Of a checkout whose commit is asked about: it stands for every revision. No key of the config file. */
  readonly commit?: string
  readonly credentials: GitCredentials
  readonly pollIntervalSeconds: number
  readonly caFile?: string
  readonly insecureSkipVerify?: boolean
  readonly clientCertificate?: ClientCertificate
  readonly knownHostsFile?: string
  readonly proxy?: string
}

/** Credentials for all that begins alike: repositories, and registries. */
export interface CredentialSettings {
  /** Start of an address; a host is matched whole. */
  readonly match: AddressPrefix
  readonly credentials: GitCredentials
  readonly knownHostsFile?: string
  /**
   * Also for what resources name without credentials of their own. Otherwise they are for what the config names, and for resources that
   * ask for the identity of their controller (workload identity), which has no Secret.
   */
  readonly anyResource: boolean
}

/** A file of keys that decrypt what SOPS encrypted. */
export interface DecryptionSettings {
  /**
   * `namespace/name` of the Secrets in `spec.decryption.secretRef` in whose place it is; `*` stands for any text. Absent: for
   * Kustomizations that name none.
   */
  readonly secret?: string
  /** Absolute. */
  readonly file: string
}

export interface AppSettings {
  readonly name: string
  /** '' if none. */
  readonly project: string
  readonly labels: Readonly<Record<string, string>>
  readonly sources: readonly SourceSettings[]
  readonly destination: DestinationSettings
  readonly tracking: Tracking
  readonly policy: ComparePolicy
  /** Namespaces besides that of the destination whose live values may be shown; `*` is everything. */
  readonly showValues: readonly string[]
}

export type DestinationSettings = { readonly namespace: string } & (
  | { readonly cluster: string }
  | { readonly clusterSelector: LabelSelector }
)

export interface SourceSettings {
  readonly repository: RepositoryLocation
  readonly revision: string
  readonly path: string
  readonly ref?: string
  /** Set where exactly one tool's options are given; else the tree decides. */
  readonly type?: 'directory' | 'kustomize' | 'helm'
  readonly directory: DirectoryOptions
  readonly kustomize: KustomizeOptions
  readonly helm: HelmOptions
}

export interface ArgocdDiscoverySettings {
  readonly cluster: string
  readonly namespaces: readonly string[]
  readonly applicationSets: boolean
  readonly clusterSecrets: boolean
  /** Globs; empty allows every https repository. */
  readonly allowedRepositories: readonly string[]
  /** Globs of URLs of repositories, API servers and proxies that are not guarded: any scheme that can be read, any address. */
  readonly trustedUrls: readonly string[]
  /** Programs that cluster Secrets may run. */
  readonly allowedExecCommands: readonly string[]
  /** Variables that cluster Secrets may set for them, by their exact names. */
  readonly allowedExecVariables: readonly string[]
}

export interface FluxDiscoverySettings {
  readonly cluster: string
  /** `*` alone is all. */
  readonly namespaces: readonly string[]
  readonly allowedRepositories: readonly string[]
  /** As for Argo CD. */
  readonly trustedUrls: readonly string[]
  /** Globs of URLs of artifacts that Flux's own server is asked for; none if empty. */
  readonly artifactUrls: readonly string[]
  /** Resources may refer to sources of other namespaces; absent: what the controllers' own flags say. */
  readonly crossNamespaceReferences?: boolean
  /** Where the controllers run. */
  readonly controllerNamespace: string
}

export interface HelmDiscoverySettings {
  readonly cluster: string
  readonly namespaces: readonly string[]
}

export interface DiscoverySettings {
  readonly argocd: readonly ArgocdDiscoverySettings[]
  readonly flux: readonly FluxDiscoverySettings[]
  readonly helm: readonly HelmDiscoverySettings[]
}

/** Defaults for all apps. */
export interface ComparingSettings {
  readonly method: ComparePolicy['method']
  readonly added: ComparePolicy['added']
  readonly addedByNobody: ComparePolicy['addedByNobody']
  readonly operationalMarks: ComparePolicy['operationalMarks']
  readonly secrets: ComparePolicy['secrets']
  readonly manualManagers: readonly string[]
  readonly ignore: readonly IgnoreRule[]
}

export interface LimitSettings {
  /** One rendering; what takes longer is killed. */
  readonly renderSeconds: number
  /** One plain YAML or JSON document in Git, or one object in a snapshot. */
  readonly documentBytes: number
}
