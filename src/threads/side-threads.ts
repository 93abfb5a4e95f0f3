import type { AuditSource } from '../model/journal/audit.ts'
import type { Log, LogLevel } from '../model/log.ts'
import type { JournalSettings } from '../model/settings.ts'
import type { FleetStore } from './fleet-store.ts'
import type {
  GitMainMethods,
  GitThreadData,
  GitThreadMethods,
  JournalControlMethods,
  JournalMainMethods,
  JournalThreadData,
  LogLine,
} from './rpc/protocol.ts'
import { answerCalls, type Caller } from './rpc/rpc.ts'
import { type SupervisedThread, superviseThread } from './supervised-thread.ts'
import { threadEntry } from './thread-entry.ts'

/** Limits of the JavaScript heap: a thread that exceeds them is started again. */
const GIT_LIMITS = { maxOldGenerationSizeMb: 2048, maxYoungGenerationSizeMb: 12 }
const JOURNAL_LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 8 }

export interface JournalOptions {
  readonly journal?: JournalSettings
  readonly audit?: readonly AuditSource[]
  readonly stateDirectory: string
  readonly fleet: FleetStore
  readonly log: Log
  readonly logLevel: LogLevel
}

/** @param onStart it was started, for the first time or again */
export function superviseGit(
  workerData: GitThreadData,
  log: Log,
  onStart: (caller: Caller<GitThreadMethods>) => void,
): SupervisedThread<GitThreadMethods> {
  return superviseThread<GitThreadMethods>({
    name: 'git',
    entry: threadEntry('git'),
    workerData,
    resourceLimits: GIT_LIMITS,
    log,
    onStart(worker, caller) {
      answerCalls<GitMainMethods>(worker, { log: logLine(log) })
      onStart(caller)
    },
  })
}

/** Undefined where no journal is kept. @param onStart it was started, for the first time or again */
export function superviseJournal(
  { journal, audit = [], stateDirectory, fleet, log, logLevel }: JournalOptions,
  onStart: (caller: Caller<JournalControlMethods>) => void,
): SupervisedThread<JournalControlMethods> | undefined {
  if (journal === undefined) return undefined
  return superviseThread<JournalControlMethods>({
    name: 'journal',
    entry: threadEntry('journal'),
    workerData: { stateDirectory, caps: journal, audit, logLevel } satisfies JournalThreadData,
    resourceLimits: JOURNAL_LIMITS,
    log,
    onStart(worker, caller) {
      answerCalls<JournalMainMethods>(worker, { log: logLine(log), problems: fleet.setJournalProblems })
      onStart(caller)
    },
  })
}

/** Takes in what a thread logs. */
export function logLine(log: Log): (line: LogLine) => void {
  return ({ level, message, fields }) => log(level, message, fields)
}
