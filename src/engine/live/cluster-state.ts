import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import type { RedactionKey } from '../../kubernetes/redaction.ts'
import type { App } from '../../model/apps/app.ts'
import type { ClusterSpec } from '../../model/apps/inventory.ts'
import type { Capabilities, ClusterConnector } from '../../model/clusters/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import type { AppId } from '../../model/identity.ts'
import type { GroupKind, KubernetesObject, ObjectKey } from '../../model/object.ts'
import type { SavedCluster } from '../state/live-format.ts'
import { watchCapabilities } from './capabilities.ts'
import { ClusterKinds, type ClusterKindsOptions, type LiveState } from './cluster-kinds.ts'
import { createInventoryIndex, type InventoryIndex } from './inventory-index.ts'
import { MarkedObjects } from './marked-objects.ts'
import type { Confidentiality, SavedKinds } from './saved-kinds.ts'
import { type ClusterSchemas, createClusterSchemas, type SchemaLibrary } from './schemas.ts'

export interface ClusterStateOptions extends Pick<ClusterKindsOptions, 'unread' | 'onObject' | 'onWaiting'> {
  readonly spec: ClusterSpec
  readonly connector: ClusterConnector
  readonly redactionKey: RedactionKey
  readonly library: SchemaLibrary
  readonly slice: EventLoopSlice
  readonly now: () => number
  readonly uptime: () => number
  readonly random: () => number
  readonly staleAfterMs: number
  /** A kind that these apps use became readable, unreadable or stale. */
  readonly onLiveState: (apps: ReadonlySet<AppId>, kind: GroupKind) => void
  /** Capabilities arrived or changed, or cannot be read. */
  readonly onCapabilities: () => void
  /** Calls `ask` when the cluster may be asked for the first time. */
  readonly begin: (ask: () => void) => void
  /** It was asked, or is not to be any more. */
  readonly onBegun: () => void
  /** The cluster has answered for the first time: calls `enter` when its apps may be evaluated. */
  readonly admit: (enter: () => void) => void
  /** The first lists that its apps need have ended, or it was closed. */
  readonly onRead: () => void
  /** What the process before held, if anything. */
  readonly saved: () => SavedKinds | undefined
  /** A kind that the process before held is listed nevertheless. */
  readonly onRefused: (kind: GroupKind, why: string) => void
}

/**
 * One cluster in the engine: its capabilities, which kinds are watched for which apps, and which apps own which object.
 */
export interface ClusterState {
  readonly spec: ClusterSpec
  /** Takes a spec that differs in labels only. */
  relabel(spec: ClusterSpec): void
  readonly connector: ClusterConnector
  /** With which its Secrets are redacted. */
  readonly redactionKey: RedactionKey
  /** Of the kinds for which `schemas.load` was called. */
  readonly schemas: ClusterSchemas
  /** Undefined, too, until it is the cluster's turn. */
  readonly capabilities: Capabilities | undefined
  /** What controllers list as applied by the apps of this cluster. */
  readonly inventories: InventoryIndex
  /** Why there are no capabilities (yet). */
  readonly failure: Failure | undefined
  /** Adds the app's tracking ID to the index; has to happen before the app uses kinds. */
  register(app: App): void
  /** Forgets the app: what it declares, uses and tracks. */
  unregister(app: App): void
  /** Whether the object carries valid tracking metadata of the app. */
  isMarked(app: AppId, object: KubernetesObject): boolean
  /** Objects with valid tracking metadata of the app, declared or not. */
  markedObjects(app: AppId): ReadonlyMap<string, ObjectKey>
  /**
   * Sets the kinds that an app needs, before it declares objects of them. A kind that no app needs is watched a while
   * longer.
   */
  use(app: AppId, kinds: ReadonlyMap<string, GroupKind>): void
  declare(app: AppId, key: ObjectKey, keyText: string): void
  undeclare(app: AppId, key: ObjectKey, keyText: string): void
  appsDeclaring(key: ObjectKey, keyText: string): readonly AppId[]
  /** Another number whenever several apps declare an object that they did not before, or the other way round. */
  readonly sharedChanges: number
  look(key: ObjectKey, keyText: string): LiveState
  /** Reads the event of the object that waits unread, if there is one, and notes it as any change. To be called before several objects are looked at. */
  readUnread(object: { readonly key: ObjectKey; readonly keyText: string }): void
  /** Why a kind cannot be read now; undefined when it can be, or while it is being listed. */
  kindFailure(kind: GroupKind): Failure | undefined
  /** Whether the first list of one of the kinds has not ended. */
  isListing(kinds: Iterable<string>): boolean
  /** No kind is observed yet: the first renderings are waited for. */
  readonly isWaiting: boolean
  release(): void
  /** Polls the capabilities soon. */
  refreshCapabilities(): void
  /** What its informers hold, for the next process. @param confidentiality of what an app declares, by its key */
  save(confidentiality: (keyText: string) => Confidentiality): SavedCluster | undefined
  /** To be called every second. */
  tick(): void
  close(): Promise<void>
}

export function createClusterState(options: ClusterStateOptions): ClusterState {
  const { connector } = options
  const schemas = createClusterSchemas(connector, options.library)
  const inventories = createInventoryIndex()
  const marks = new MarkedObjects()
  let spec = options.spec
  let admission: 'not asked' | 'waiting' | 'admitted' = 'not asked'
  const kinds = new ClusterKinds({
    ...options,
    marks,
    spec: () => spec,
    capabilities: () => discovery.capabilities,
    // The watch found the kind after the last discovery.
    onUnknownKind: () => discovery.refresh(),
  })
  const discovery = watchCapabilities({
    connector,
    random: options.random,
    begin: options.begin,
    onBegun: options.onBegun,
    onNews() {
      schemas.forget()
      kinds.retryNow()
      if (admission === 'not asked' && discovery.capabilities !== undefined) {
        admission = 'waiting'
        options.admit(enter)
      } else options.onCapabilities()
    },
  })

  function enter(): void {
    admission = 'admitted'
    options.onCapabilities()
  }

  return {
    redactionKey: options.redactionKey,
    get spec() {
      return spec
    },
    relabel(latest) {
      spec = latest
    },
    connector,
    schemas,
    inventories,
    get capabilities() {
      return admission === 'admitted' ? discovery.capabilities : undefined
    },
    get failure() {
      return discovery.failure
    },
    get isWaiting() {
      return kinds.isWaiting
    },
    register(app) {
      inventories.set(app)
      marks.register(app)
    },
    unregister(app) {
      inventories.remove(app.id)
      kinds.leaveAll(app.id, marks.unregister(app))
    },
    isMarked: (app, object) => marks.owners(object).includes(app),
    markedObjects: (app) => marks.of(app),
    use: (app, wanted) => kinds.use(app, wanted),
    declare: (app, key, keyText) => kinds.declare(app, key, keyText),
    undeclare: (app, key, keyText) => kinds.undeclare(app, key, keyText),
    get sharedChanges() {
      return kinds.sharedChanges
    },
    appsDeclaring: (key, keyText) => kinds.appsDeclaring(key, keyText),
    look: (key, keyText) => kinds.look(key, keyText),
    readUnread: (object) => kinds.readUnread(object),
    kindFailure: (kind) => kinds.failure(kind),
    isListing: (asked) => kinds.isListing(asked),
    release: () => kinds.release(),
    refreshCapabilities: discovery.refresh,
    save: (confidentiality) => kinds.save(confidentiality),
    tick: () => kinds.tick(),
    async close() {
      options.onRead()
      kinds.stop()
      discovery.stop()
      await connector.close()
    },
  }
}
