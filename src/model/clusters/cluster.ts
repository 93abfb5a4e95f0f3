import type { Confidential } from '../confidential.ts'
import type { Failure } from '../failure.ts'
import type { JsonObject } from '../json.ts'
import type { GroupKind, KubernetesObject, ObjectKey } from '../object.ts'
import type { ClusterTraits } from './cluster-traits.ts'

/** One kind as the cluster serves it. */
export interface ServedKind extends GroupKind {
  /** The server's preferred version first. */
  readonly versions: readonly string[]
  /** The versions are those that were seen, or those of another release: the cluster may serve others. */
  readonly versionsGuessed?: true
  /** Nobody tells whether objects of the kind lie in namespaces, since there are none: manifests say where they put theirs. */
  readonly scopeUnknown?: true
  /** Plural resource name in URLs. */
  readonly resource: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

export interface Capabilities {
  /** `v1.36.0`. */
  readonly kubeVersion: string
  /** As Helm sees them: `apps/v1` and `apps/v1/Deployment`, sorted. */
  readonly apiVersions: readonly string[]
  /** Undefined when the cluster does not serve the kind, or when that is not known (see `failure`). */
  kind(kind: GroupKind): ServedKind | undefined
  /**
   * Why nothing is known of a kind (its APIService does not answer, the snapshot lacks it); undefined when there is no
   * such reason.
   */
  failure(kind: GroupKind): Failure | undefined
  readonly kinds: readonly ServedKind[]
  /** Changes whenever the set of kinds or a schema changed. */
  readonly version: string
}

/** An object is there. */
export type PresentEvent =
  | { readonly type: 'Upsert'; readonly object: KubernetesObject; readonly fingerprint?: ObjectFingerprint }
  /** The same of an object that was not read, since who observes recalls what it says: he is to `take` it. */
  | { readonly type: 'Recalled'; readonly key: ObjectKey; readonly take: () => void }

export type ClusterEvent =
  | PresentEvent
  | UnreadEvent
  | { readonly type: 'Delete'; readonly key: ObjectKey }
  /**
   * The list is complete: an object without an event since the last `Lost` (or the start) does not exist. After a `resumed` one those that
   * the consumer had `known` do, unless he was told that they are gone.
   */
  | { readonly type: 'Synced'; readonly resumed?: true }
  /** Contact was lost: known objects may have changed or gone. A new list follows when there is contact again. */
  | { readonly type: 'Lost'; readonly failure: Failure }

/** The same of an object of which nothing but the head was read, since who observes may look at it later, or never where a newer one comes. */
export interface UnreadEvent {
  readonly type: 'Unread'
  readonly key: ObjectKey
  /** Of its metadata but for the version, the generation and what writers of its status own: who wrote what, and when, is in it. */
  readonly metadata: string
  /** How much there is to be kept. */
  readonly bytes: number
  /** To be called before the next event is asked for. @param into of at least as many bytes; they are not to be changed until it is read */
  readonly keep: (into: Buffer) => ReadLater
  /** The same for who does not wait. */
  readonly read: ReadLater
}

/** Reads an object, and gives it to `take`. What either throws ends the observation's watch, after which it lists: here nothing is thrown. */
export type ReadLater = (take: (event: PresentEvent) => void) => void

/** How far the watches of one observation are. The connector keeps it up to date; one that cannot leaves it empty. */
export interface WatchCursor {
  /** Names what the versions are versions of: the cluster, and how it shows the kind. '' until that is known, or where nothing tells it. */
  lineage: string
  /** The resourceVersion up to which all is told, by namespace; '' is the whole cluster. */
  readonly versions: Map<string, string>
}

/** Where to begin in place of lists: what an observation of the same scope had told when it stood at the cursor. */
export interface ResumeOptions {
  readonly known: readonly ObjectKey[]
  /** It begins with a list nevertheless. */
  readonly onRefused: (why: string) => void
}

export interface ObserveOptions {
  /** Only these; absent is the whole cluster. */
  readonly namespaces?: readonly string[]
  readonly fieldSelector?: string
  readonly labelSelector?: string
  readonly cursor?: WatchCursor
  /** Absent: it begins with lists, whatever the cursor says. */
  readonly resume?: ResumeOptions
  /** Absent: every object matters. */
  readonly interest?: Interest
  /** That objects are there and change is all that is asked: they may come without anything but their metadata. */
  readonly metadataOnly?: true
}

/** What an observation is for. Of objects that are of no interest nothing need be told, so that they need not even be read. */
export interface Interest {
  /**
   * Whether the object matters now, as all do that are held. Asked of each as it comes, with its head alone: names, version, labels,
   * annotations but for the last applied, owners.
   */
  concerns(head: KubernetesObject): boolean
  /** The objects that are held, from wherever: those that are missing in a later list are told as deleted. */
  held(): Iterable<ObjectKey>
  /** Whether the object may be told unread. */
  mayWait?(head: KubernetesObject): boolean
  /** How to take an object of which all but what is its own came before, with this digest; undefined where it has to be read. */
  recall?(head: KubernetesObject, fingerprint: ObjectFingerprint): (() => void) | undefined
}

/** What tells an object from others without being read. */
export interface ObjectFingerprint {
  /** Of all but what is its own, the version, the generation and the status; of its times it has the order. */
  readonly digest: string
  /** What is its own, a line each: UID, creation, times of the managedFields that own more than status, addresses that a cluster gave a Service. */
  readonly own: string
}

/** One cluster, however it is reached. Secrets come out redacted except through `readSecret`. */
export interface ClusterConnector {
  readonly name: string
  readonly traits: ClusterTraits
  /** UID of the kube-system namespace; where it cannot be read, a hash of server URL and CA; for a snapshot, its folder. */
  identity(signal: AbortSignal): Promise<string>
  /** Cached; read again when a kind is missing or the cache is old. @throws CodedError `GDE_CLUSTER_*`, `GDE_SNAPSHOT_*` */
  capabilities(signal: AbortSignal): Promise<Capabilities>
  /** The OpenAPI v3 document of one group and version; undefined when there is none. */
  openapi(group: string, version: string, signal: AbortSignal): Promise<OpenApiDocument | undefined>
  /** Lists, then watches until aborted. Ends with a CodedError only for failures that retries cannot repair (`GDE_CLUSTER_FORBIDDEN`, `GDE_CLUSTER_KIND`, `GDE_SNAPSHOT_KIND`). */
  observe(kind: GroupKind, options: ObserveOptions, signal: AbortSignal): AsyncIterable<ClusterEvent>
  get(key: ObjectKey, signal: AbortSignal): Promise<KubernetesObject | undefined>
  /** A Secret in the clear, for discovery and substitution alone. */
  readSecret(namespace: string, name: string, signal: AbortSignal): Promise<ConfidentialSecret | undefined>
  /** Objects that discovery reads in the clear: Secrets by label (cluster, repository), each as a confidential one. */
  observeSecrets(options: ObserveOptions, signal: AbortSignal): AsyncIterable<ConfidentialSecretEvent>
  /** Server-side apply as a dry run, for `compare: server-side`. Absent where there is no server. */
  dryRunApply?(object: KubernetesObject, fieldManager: string, signal: AbortSignal): Promise<KubernetesObject>
  status(): ClusterStatus
  close(): Promise<void>
}

/** A document that is read only where nothing of the same hash is known. */
export interface OpenApiDocument {
  /** Names the content, as the cluster says. */
  readonly hash: string
  /** Reads it. @throws CodedError `GDE_CLUSTER_*`, `GDE_TOO_LARGE` */
  read(signal: AbortSignal): Promise<ReadOpenApiDocument>
}

export interface ReadOpenApiDocument {
  /** Parsed, without paths. */
  readonly document: JsonObject
  /** The content has that hash, so another cluster's document of the same hash is the same: no cluster's word is taken for it. */
  readonly isProven: boolean
}

export interface ClusterStatus {
  readonly name: string
  readonly up: boolean
  /** Unix seconds of the last event, bookmark or answer. */
  readonly lastContact?: number
  readonly failure?: Failure
  readonly kubeVersion?: string
  readonly server: string
  /** Requests by verb and HTTP status code ('0' when there was no answer), since start. */
  readonly requests: readonly { readonly verb: string; readonly code: string; readonly count: number }[]
  readonly watchRestarts: number
  /** Problems that leave the data valid, such as an object that a snapshot holds twice. */
  readonly warnings?: readonly Failure[]
}

export interface ConfidentialSecret {
  readonly namespace: string
  readonly name: string
  readonly type: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly resourceVersion: string
  /** Decoded; binary values are latin1 text. */
  readonly data: Readonly<Record<string, Confidential>>
}

export type ConfidentialSecretEvent =
  | { readonly type: 'Upsert'; readonly secret: ConfidentialSecret }
  | { readonly type: 'Delete'; readonly namespace: string; readonly name: string }
  | { readonly type: 'Synced' }
  | { readonly type: 'Lost'; readonly failure: Failure }
