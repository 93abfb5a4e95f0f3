import type { MessagePort } from 'node:worker_threads'
import type { ComputedApplicationSet } from '../../discovery/argocd/applicationset/computed-set.ts'
import type { DiscoveryRequest } from '../../discovery/inventory/follow-discoveries.ts'
import type { NumberedSighting } from '../../journal/store/journal-store.ts'
import type { RedactionKey } from '../../kubernetes/redaction.ts'
import type { Inventory } from '../../model/apps/inventory.ts'
import type { FleetUpdate } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { AuditBatch, AuditSource } from '../../model/journal/audit.ts'
import type { EndedEpisode, JournaledApp, JournalStatus, RestoredJournal } from '../../model/journal/journal.ts'
import type { EpisodeSearch, EpisodeStep } from '../../model/journal/search.ts'
import type { Timeline, TimelineQuestion } from '../../model/journal/timeline.ts'
import type { Json } from '../../model/json.ts'
import type { LogLevel } from '../../model/log.ts'
import type { JournalSettings, LimitSettings, Settings } from '../../model/settings.ts'
import type {
  CommitRange,
  CommitsBetween,
  FirstParentCommit,
  RepositoryStatus,
  Revision,
} from '../../model/sources/git.ts'
import type { Dependency, RenderedObject, SourceTree } from '../../model/sources/rendering.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { EncryptedInventory, EncryptedRepository, EncryptionKey } from './secret-encryption.ts'

/** The `workerData` of the threads: plain data, or a port. */
export interface EngineThreadData {
  readonly stateDirectory: string
  readonly staleAfter: Settings['staleAfter']
  readonly schedule?: string
  readonly limits: LimitSettings
  readonly redactionKey: RedactionKey
  readonly encryptionKey: EncryptionKey
  readonly logLevel: LogLevel
  /** Threads for renderings, at most. */
  readonly poolSize: number
  /** The same while much waits. */
  readonly crowdedPoolSize: number
  /** Whether a journal is kept. */
  readonly hasJournal: boolean
}

export interface GitThreadData {
  readonly stateDirectory: string
  readonly encryptionKey: EncryptionKey
  readonly logLevel: LogLevel
}

export interface JournalThreadData {
  readonly stateDirectory: string
  readonly caps: JournalSettings
  readonly audit: readonly AuditSource[]
  readonly logLevel: LogLevel
}

export interface PoolThreadData {
  readonly redactionKey: RedactionKey
  /** Renderings keep the values of Secrets: for `render --show-secrets` alone. */
  readonly showSecrets: boolean
  readonly documentBytes: number
  /** Decrypts the secrets in requests. */
  readonly encryptionKey: EncryptionKey
  /** To the engine. */
  readonly port: MessagePort
}

/** The inventory as main gets it: without credentials. */
export interface FoundInventory extends Omit<Inventory, 'repositories'> {
  readonly computedSets?: readonly ComputedApplicationSet[]
}

export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields?: Readonly<Record<string, Json>>
}

/** Calls of the engine that main answers. */
export type MainMethods = {
  /** The answer is the acknowledgement. */
  deliver(batch: readonly FleetUpdate[]): void
  /** There is a repository: the Git thread is started unless it was. */
  startGit(): void
  /** The same of the journal thread and the first app. */
  startJournal(): void
  startPoolThread(): { readonly id: number; readonly port: MessagePort }
  /** Sends the module of the sandbox to the thread. */
  loadPoolSandbox(id: number): void
  stopPoolThread(id: number): void
  poolThreadCpuSeconds(id: number): number | undefined
  log(line: LogLine): void
}

/** Calls of main that the engine answers. */
export type EngineMethods = {
  /** Resolves when the state file was read. */
  start(): void
  reconcile(inventory: EncryptedInventory): void
  /**
   * Instead of `reconcile`: makes the inventory by discovery. Answered when main has all that is already known of it.
   */
  follow(request: DiscoveryRequest): void
  /**
   * The inventory once every discovery has answered; without repositories, so that credentials stay in the engine
   * thread.
   */
  inventory(): FoundInventory
  pass(): void
  objects(app: AppId): readonly ObjectVerdict[]
  desired(app: AppId): readonly RenderedObject[]
  dependencies(app: AppId): readonly Dependency[]
  /** A Git thread was started, for the first time or again. */
  connectGit(port: MessagePort): void
  /** The same of a journal thread. */
  connectJournal(port: MessagePort): void
  poolThreadEnded(ended: { readonly id: number; readonly reason: string }): void
  /** Gives back what memory is not used. */
  collect(): void
  /** CPU seconds of the thread since its start. */
  ping(): number
  close(): void
}

/** Calls of main that the journal thread answers. */
export type JournalControlMethods = GitControlMethods & {
  audit(batch: AuditBatch): void
  /** @throws CodedError `GDE_JOURNAL_READ` */
  episodes(search: EpisodeSearch): EpisodeStep
  /** @throws CodedError `GDE_JOURNAL_READ` */
  timeline(question: TimelineQuestion): Promise<Timeline>
}

/** Calls of the journal thread that main answers. */
export type JournalMainMethods = {
  log(line: LogLine): void
  problems(problems: JournalStatus['problems']): void
}

/** Calls of the engine that the journal thread answers. */
export type JournalMethods = {
  restore(): { readonly restored: RestoredJournal; readonly status: JournalStatus }
  takeOver(apps: readonly JournaledApp[]): void
  /** The answer comes when the group is written. */
  record(group: readonly NumberedSighting[]): {
    readonly ended: readonly EndedEpisode[]
    readonly status: JournalStatus
  }
  observing(at: number): void
}

/** Calls of main that the Git thread answers. */
export type GitControlMethods = {
  /** An engine was started, for the first time or again. */
  connectEngine(port: MessagePort): void
  collect(): void
  /** CPU seconds of the thread since its start. */
  ping(): number
  close(): void
}

/** Calls of main that the Git thread alone answers besides. */
export type GitThreadMethods = GitControlMethods & { poll(repositories: readonly RepositoryId[]): void }

/** Calls of the Git thread that main answers. */
export type GitMainMethods = { log(line: LogLine): void }

/** Calls of the engine that the Git thread answers. */
export type GitMethods = {
  configure(specs: readonly EncryptedRepository[]): void
  resolve(question: { readonly repository: RepositoryId; readonly targetRevision: string }): Revision
  unchanged(question: { readonly trees: readonly SourceTree[]; readonly dependencies: readonly Dependency[] }): boolean
  commitsBetween(question: CommitRange & { readonly repository: RepositoryId }): CommitsBetween | undefined
  commitsSince(question: {
    readonly repository: RepositoryId
    readonly commit: string
    readonly time: number
  }): readonly FirstParentCommit[]
  poll(repository: RepositoryId): void
  verify(repository: RepositoryId): void
}

/** Calls of the Git thread that the engine answers. */
export type GitListenerMethods = {
  status(status: RepositoryStatus): void
}
