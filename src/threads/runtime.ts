import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { MessageChannel, MessagePort, type Transferable } from 'node:worker_threads'
import type { DiscoveryRequest } from '../discovery/inventory/follow-discoveries.ts'
import { lockStateDirectory } from '../engine/state/state-lock.ts'
import { mirrorsFolder } from '../git/mirrors-folder.ts'
import { journalPath } from '../journal/store/journal-path.ts'
import type { Inventory } from '../model/apps/inventory.ts'
import { CodedError, toFailure } from '../model/failure.ts'
import type { Fleet } from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import type { AuditBatch, AuditSource } from '../model/journal/audit.ts'
import type { SearchJournal } from '../model/journal/search.ts'
import type { ReadTimeline } from '../model/journal/timeline.ts'
import type { Log, LogLevel } from '../model/log.ts'
import type { JournalSettings, LimitSettings, Settings } from '../model/settings.ts'
import type { Dependency, RenderedObject } from '../model/sources/rendering.ts'
import type { RepositoryId } from '../model/sources/source.ts'
import type { ObjectVerdict } from '../model/verdicts/difference.ts'
import { createFleetStore, type FleetStore } from './fleet-store.ts'
import { createPoolWorkers, type PoolWorkers } from './pool/pool-workers.ts'
import type {
  EngineMethods,
  EngineThreadData,
  FoundInventory,
  GitControlMethods,
  GitThreadMethods,
  JournalControlMethods,
  MainMethods,
} from './rpc/protocol.ts'
import { answerCalls, type Caller, type Handlers } from './rpc/rpc.ts'
import { type EncryptedInventory, encryptRepositories, newEncryptionKey } from './rpc/secret-encryption.ts'
import { logLine, superviseGit, superviseJournal } from './side-threads.ts'
import { type SupervisedThread, superviseThread } from './supervised-thread.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'
import { threadEntry } from './thread-entry.ts'
import { tuneV8 } from './v8-tuning.ts'

export interface RuntimeOptions {
  /** `temporary`: a directory of its own that is removed at the end, for commands that run once. */
  readonly stateDirectory: string | 'temporary'
  readonly staleAfter: Settings['staleAfter']
  /** Five-field cron, UTC; absent: nothing but the passes that are asked for. */
  readonly schedule?: string
  readonly limits: LimitSettings
  /** How much of the past is kept; absent: nothing is. */
  readonly journal?: JournalSettings
  readonly audit?: readonly AuditSource[]
  /** Desired Secrets keep their values: for `render --show-secrets`, which compares nothing. */
  readonly showSecrets?: boolean
  readonly log: Log
  /** What is below is not sent to `log`: the threads drop it. Default `info`. */
  readonly logLevel?: LogLevel
}

/** The running threads, as commands use them. */
export interface Runtime {
  readonly fleet: Fleet
  /** Sets the inventory, at the start and after each reload. */
  reconcile(inventory: Inventory): void
  /**
   * The same, with an inventory that discovery makes and keeps up to date. Resolves when the fleet has the saved state
   * of its apps; new verdicts follow.
   */
  follow(request: DiscoveryRequest): Promise<void>
  /** Everything that was discovered, whatever the filter, once every discovery has answered. */
  inventory(signal: AbortSignal): Promise<FoundInventory>
  /** Evaluates every app again. */
  pass(): Promise<void>
  /** All objects of an app, in sync or not, with all differences and whole values. */
  objects(app: AppId): Promise<readonly ObjectVerdict[]>
  /** What the app's controller would apply. @throws CodedError why it cannot be rendered */
  desired(app: AppId): Promise<readonly RenderedObject[]>
  /** What its rendering read of its sources; nothing while there is none. */
  dependencies(app: AppId): Promise<readonly Dependency[]>
  /** Polls these repositories now: they are said to have moved. */
  poll(repositories: readonly RepositoryId[]): void
  /** Audit events, for the journal. */
  audit(batch: AuditBatch): void
  /** A step of a search in the journal. @throws CodedError `GDE_JOURNAL_READ`, `GDE_ABORTED` */
  readonly episodes: SearchJournal
  /** The same of the journal by slices of time. */
  readonly timeline: ReadTimeline
  /** Ends within seconds, whatever hangs. May be called more than once. */
  close(): Promise<void>
}

/**
 * Limits of the JavaScript heap: a thread that exceeds them is started again. A small young generation saves a quarter
 * of the memory with 1,000 apps, at the same speed.
 */
const ENGINE_LIMITS = { maxOldGenerationSizeMb: 4096, maxYoungGenerationSizeMb: 24 }

/**
 * Starts the threads. Resolves when the engine has read its state and waits for an inventory.
 * @throws CodedError `GDE_STATE_LOCKED`, `GDE_STATE_DIRECTORY`
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { log, logLevel = 'info', limits } = options
  const isTemporary = options.stateDirectory === 'temporary'
  const stateDirectory = isTemporary ? await makeTemporaryFolder('gitops-drift-exporter-') : options.stateDirectory
  const lock = await lockStateDirectory(stateDirectory)
  const redactionKey = randomBytes(32)
  const encryptionKey = newEncryptionKey()
  const fleet = createFleetStore()
  tuneV8(fleet, () => {
    engineCaller?.call('collect', undefined).catch(ignoreRejection)
    git?.caller.call('collect', undefined).catch(ignoreRejection)
    journal?.caller.call('collect', undefined).catch(ignoreRejection)
  })
  let closing: Promise<void> | undefined
  let inventory: EncryptedInventory | undefined
  let request: DiscoveryRequest | undefined
  let engineCaller: Caller<EngineMethods> | undefined
  let git: SupervisedThread<GitThreadMethods> | undefined
  let journal: SupervisedThread<JournalControlMethods> | undefined

  const pool = createPoolWorkers({
    redactionKey,
    showSecrets: options.showSecrets ?? false,
    documentBytes: limits.documentBytes,
    encryptionKey,
    onEnd: (id, reason) => void engineCaller?.call('poolThreadEnded', { id, reason }).catch(ignoreRejection),
  })
  const startGit = (): void => {
    git ??= superviseGit({ stateDirectory, encryptionKey, logLevel }, log, (caller) =>
      introduce(engineCaller, 'connectGit', caller),
    )
  }
  // Of mirrors that are there it removes those that nothing uses any more.
  if (existsSync(mirrorsFolder(stateDirectory))) startGit()
  const startJournal = (): typeof journal => {
    if (closing !== undefined) return journal
    journal ??= superviseJournal({ ...options, logLevel, stateDirectory, fleet }, (caller) =>
      introduce(engineCaller, 'connectJournal', caller),
    )
    return journal
  }
  // What it holds goes on; else it begins with the first app, question or audit event.
  if (existsSync(journalPath(stateDirectory)) || (options.audit ?? []).length > 0) startJournal()
  const engine = superviseThread<EngineMethods>({
    name: 'engine',
    entry: threadEntry('engine'),
    workerData: engineThreadData(options, { stateDirectory, redactionKey, encryptionKey, logLevel }),
    resourceLimits: ENGINE_LIMITS,
    log,
    onStart(worker, caller) {
      engineCaller = caller
      answerCalls<MainMethods>(worker, mainMethods({ fleet, startGit, startJournal, pool, log }), transferOf)
      introduce(caller, 'connectGit', git?.caller)
      introduce(caller, 'connectJournal', journal?.caller)
      if (inventory !== undefined) caller.call('reconcile', inventory).catch(ignoreRejection)
      if (request !== undefined) caller.call('follow', request).catch(ignoreRejection)
    },
    // Nobody waits for the running jobs any more.
    onEnd: () => void pool.stopAll(),
  })

  async function end(): Promise<void> {
    await engine.close()
    await Promise.all([git?.close(), journal?.close(), pool.stopAll()])
    lock.release()
    if (isTemporary) await rm(stateDirectory, { recursive: true, force: true })
  }

  function close(): Promise<void> {
    closing ??= end()
    return closing
  }

  try {
    await engine.caller.call('start', undefined)
  } catch (thrown) {
    await close()
    throw thrown
  }
  return {
    fleet,
    reconcile(latest) {
      inventory = { ...latest, repositories: encryptRepositories(latest.repositories, encryptionKey) }
      engine.caller.call('reconcile', inventory).catch(ignoreRejection)
    },
    follow(latest) {
      request = latest
      return engine.caller.call('follow', request).catch(ignoreRejection)
    },
    inventory: (signal) => engine.caller.call('inventory', undefined, signal),
    pass: () => engine.caller.call('pass', undefined),
    objects: (app) => engine.caller.call('objects', app),
    desired: (app) => engine.caller.call('desired', app),
    dependencies: (app) => engine.caller.call('dependencies', app),
    poll: (repositories) => void git?.caller.call('poll', repositories).catch(ignoreRejection),
    audit: (batch) => void startJournal()?.caller.call('audit', batch).catch(ignoreRejection),
    ...readersOf(startJournal),
    close,
  }
}

/** For calls that may hit a dead thread: `onStart` sends the state again to its successor. */
const ignoreRejection = (): void => undefined

function engineThreadData(
  { staleAfter, schedule, limits, journal }: RuntimeOptions,
  common: Pick<EngineThreadData, 'stateDirectory' | 'redactionKey' | 'encryptionKey' | 'logLevel'>,
): EngineThreadData {
  const cores = availableParallelism()
  return {
    ...common,
    staleAfter,
    limits,
    poolSize: Math.max(1, cores - 1),
    crowdedPoolSize: cores,
    hasJournal: journal !== undefined,
    ...(schedule !== undefined && { schedule }),
  }
}

/** Connects the engine with another thread, after either was started. */
function introduce(
  engine: Caller<EngineMethods> | undefined,
  name: 'connectGit' | 'connectJournal',
  other: Pick<Caller<GitControlMethods>, 'call'> | undefined,
): void {
  if (engine === undefined || other === undefined) return
  const { port1, port2 } = new MessageChannel()
  engine.call(name, port1, undefined, [port1]).catch(ignoreRejection)
  other.call('connectEngine', port2, undefined, [port2]).catch(ignoreRejection)
}

function readersOf(
  startJournal: () => SupervisedThread<JournalControlMethods> | undefined,
): Pick<Runtime, 'episodes' | 'timeline'> {
  const caller = (): SupervisedThread<JournalControlMethods>['caller'] => {
    const journal = startJournal()
    if (journal === undefined) throw new CodedError('GDE_JOURNAL_READ', 'no journal is kept here')
    return journal.caller
  }
  return {
    episodes: async (search, signal) => caller().call('episodes', search, signal),
    timeline: async (question, signal) => caller().call('timeline', question, signal),
  }
}

interface MainParts {
  readonly fleet: FleetStore
  readonly startGit: () => void
  readonly startJournal: () => void
  readonly pool: PoolWorkers
  readonly log: Log
}

function mainMethods({ fleet, startGit, startJournal, pool, log }: MainParts): Handlers<MainMethods> {
  return {
    deliver(batch) {
      try {
        fleet.apply(batch)
      } catch (thrown) {
        // A listener that fails must not stop the delivery of verdicts.
        log('error', 'an update could not be taken in everywhere', { ...toFailure(thrown) })
      }
    },
    startGit,
    startJournal: () => void startJournal(),
    startPoolThread: () => pool.start(),
    loadPoolSandbox: (id) => pool.loadSandbox(id),
    stopPoolThread: (id) => pool.stop(id),
    poolThreadCpuSeconds: (id) => pool.cpuSeconds(id),
    log: logLine(log),
  }
}

/** A port in an answer has to be transferred. */
function transferOf(value: unknown): readonly Transferable[] {
  return typeof value === 'object' && value !== null && 'port' in value && value.port instanceof MessagePort
    ? [value.port]
    : []
}
