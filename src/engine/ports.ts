import type { RedactionKey } from '../kubernetes/redaction.ts'
import type { ClusterSpec, Inventory } from '../model/apps/inventory.ts'
import type { ClusterConnector } from '../model/clusters/cluster.ts'
import type { FleetUpdate } from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import type { JournalPort } from '../model/journal/journal.ts'
import type { Log } from '../model/log.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { Dependency, RenderedObject } from '../model/sources/rendering.ts'
import type { ObjectVerdict } from '../model/verdicts/difference.ts'
import type { PackingRenderer } from './desired/packed-rendering.ts'
import type { GitPort } from './desired/repositories.ts'
import type { LiveFile } from './state/live-file.ts'
import type { StateFile } from './state/state-file.ts'

/** Everything outside the engine that it uses. */
export interface EnginePorts {
  readonly git: GitPort
  readonly renderer: PackingRenderer
  readonly queryPointers: PointerQuery
  /** Connectors and renderings have the same. */
  readonly redactionKey: RedactionKey
  readonly connect: (spec: ClusterSpec) => ClusterConnector
  readonly stateFile: StateFile
  /** Where what is live is left for the next process; absent where there will be none. */
  readonly liveFile?: LiveFile
  readonly journal: JournalPort
  readonly emit: (updates: readonly FleetUpdate[]) => void
  readonly log: Log
  /** Unix milliseconds. */
  readonly now: () => number
  /** Monotonic milliseconds, unaffected by changes of the clock. */
  readonly uptime: () => number
  /** In [0, 1). */
  readonly random: () => number
}

export interface PointersRequest {
  /** Whose they are, as of a rendering. */
  readonly tenant: string
  readonly expressions: readonly string[]
  readonly objects: readonly KubernetesObject[]
}

/**
 * Evaluates jq path expressions on each of the objects, and gives the paths as JSON pointers. An expression that fails
 * on an object gives none, as in Argo CD.
 * @throws CodedError `GDE_TIMEOUT`, `GDE_RENDER_CRASHED`
 */
export type PointerQuery = (request: PointersRequest, signal: AbortSignal) => Promise<readonly (readonly string[])[]>

export interface EngineSettings {
  readonly staleAfter: { readonly clusterSeconds: number; readonly gitSeconds: number }
  /** Full passes: five-field cron, UTC; absent for a single pass. */
  readonly schedule?: string
}

export interface Engine {
  /** Adds, changes and removes apps, clusters and repositories; leaves alone what is unchanged. */
  reconcile(inventory: Inventory): void
  /** Evaluates every app again; resolves when all are reported. */
  pass(): Promise<void>
  /** All objects of an app, in sync or not, with all differences and whole values. */
  objects(app: AppId): Promise<readonly ObjectVerdict[]>
  /** @throws CodedError why it cannot be rendered */
  desired(app: AppId): Promise<readonly RenderedObject[]>
  /** What its rendering read of its sources; nothing while there is none. */
  dependencies(app: AppId): Promise<readonly Dependency[]>
  /** For discovery, which reads through the same connectors. */
  connector(cluster: string): ClusterConnector | undefined
  close(): Promise<void>
}
