import type { AppId } from '../identity.ts'
import type { ObjectKey } from '../object.ts'
import type { Cause } from '../verdicts/cause.ts'
import type { ObjectState } from '../verdicts/difference.ts'
import type { SyncStatus } from '../verdicts/verdict.ts'
import type { ControllerReport, Ending, EpisodeApp, EpisodeCommit, EpisodeField } from './episode.ts'

/** Hashes of what an object was declared as, and of what was live, so that later it can be told which of the two moved. */
export interface ObjectMarks {
  readonly declared: string
  /** `absent` where there was nothing. */
  readonly live: string
}

/** One object that drifts, as it was seen at one time. */
export interface SightedObject {
  readonly key: ObjectKey
  /** The plural name of the kind in URLs, where the cluster tells it. */
  readonly resource?: string
  readonly state: ObjectState
  readonly cause?: Cause
  /** The field's own time, Unix seconds, where managedFields tell who moved and when. */
  readonly began?: number
  readonly marks: ObjectMarks
  readonly fields: readonly EpisodeField[]
  readonly fieldsOmitted?: number
}

/** What was seen of one app at one time: all that the journal is told. */
export interface Sighting {
  readonly app: EpisodeApp
  /** Unix seconds. */
  readonly at: number
  /** `gone`: the app is not there any more. */
  readonly status: SyncStatus | 'gone'
  readonly cause?: Cause
  /** Of Unknown: a code of docs/errors.md. */
  readonly reason?: string
  /** Since-times and counters of the app, which the journal gives back after a restart, and does not read. */
  readonly history: string
  readonly commits: readonly EpisodeCommit[]
  readonly controller?: Omit<ControllerReport, 'at'>
  readonly objects: readonly SightedObject[]
  /** Drifted objects that are not in `objects`. */
  readonly objectsOmitted: number
  /** Objects that drifted and do not any more, by the text of their keys. */
  readonly ended: Readonly<Record<string, Ending>>
}

/** What the journal knows of an app when the program starts. */
export interface JournaledApp {
  readonly app: EpisodeApp
  /** As it was in the last sighting; '' where there was none. */
  readonly history: string
  /** Where an episode lasts. */
  readonly drifting?: {
    /** When it was first seen, Unix seconds. */
    readonly seen: number
    readonly cause?: Cause
    /** Marks of the objects that drift, by the text of their keys. */
    readonly objects: Readonly<Record<string, ObjectMarks>>
  }
}

export interface RestoredJournal {
  /** Whether the since-times of the state file were taken over already. */
  readonly hasTakenOver: boolean
  readonly apps: readonly JournaledApp[]
}

/** An episode that ended just now, for the metrics. */
export interface EndedEpisode {
  readonly app: AppId
  readonly cause: Cause
  readonly endedBy: Ending
  /** From its begin. */
  readonly seconds: number
}

/** Whether the journal keeps what it is told. */
export interface JournalStatus {
  /** False while nothing can be written: verdicts go on, history does not. */
  readonly up: boolean
  /** `wal`: it is read while it is written. `delete`: the file system cannot carry that. */
  readonly mode: 'wal' | 'delete' | 'none'
  /** What a person should know: a file that was set aside, a file system that cannot carry WAL, a disk that is full. */
  readonly problems: readonly {
    readonly code: 'GDE_JOURNAL_DAMAGED' | 'GDE_JOURNAL_FILESYSTEM' | 'GDE_JOURNAL_WRITE'
    readonly message: string
  }[]
  readonly setAside: number
  readonly bytes: number
}

/** The journal as the engine uses it. */
export interface JournalPort {
  /** What the last process left. */
  restore(): Promise<RestoredJournal>
  /** What the state file of a version without journal says: told once. */
  takeOver(apps: readonly JournaledApp[]): Promise<void>
  /** Resolves when it is kept, or can not be kept: it never rejects, since a verdict does not wait for a disk that is full. */
  record(sighting: Sighting): Promise<void>
  /** Every app was looked at since the start: what the pause of the process hid is over. @param at Unix seconds */
  observing(at: number): void
  /** Resolves when everything that was told is kept. */
  flush(): Promise<void>
}

/** For what runs once and leaves nothing behind. */
export const NO_JOURNAL: JournalPort = {
  restore: async () => ({ hasTakenOver: true, apps: [] }),
  takeOver: async () => undefined,
  record: async () => undefined,
  observing: () => undefined,
  flush: async () => undefined,
}
