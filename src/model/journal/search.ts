import type { Cause } from '../verdicts/cause.ts'
import type { Ending, WatchedEpisode } from './episode.ts'

/** Where an episode stands in the order of a search: the newest first. */
export interface EpisodePosition {
  readonly began: number
  readonly app: string
  readonly seen: number
}

/** Which episodes are wanted; what is absent is any. Texts are whole. */
export interface EpisodeFilter {
  /** The id of the app. */
  readonly app?: string
  /** Ids of several. */
  readonly apps?: readonly string[]
  readonly name?: string
  readonly cluster?: string
  readonly project?: string
  /** A field manager or a user. */
  readonly actor?: string
  readonly cause?: Cause
  readonly endedBy?: Ending
  readonly state?: 'lasting' | 'ended'
  /** What lasted then or later, Unix seconds. */
  readonly since?: number
  /** What began then or before, Unix seconds. */
  readonly until?: number
}

export interface EpisodeSearch extends EpisodeFilter {
  /** What comes after that one. */
  readonly after?: EpisodePosition
}

/** One step of a search, bounded in time and memory: it may have found nothing, and yet not be at the end. */
export interface EpisodeStep {
  readonly found: readonly { readonly position: EpisodePosition; readonly episode: WatchedEpisode }[]
  /** Entries of the step that are not as any version wrote them; absent where there are none. */
  readonly unreadable?: number
  /** Where the next step begins; absent at the end. */
  readonly next?: EpisodePosition
}

/** @throws CodedError where the journal cannot be read now */
export type SearchJournal = (search: EpisodeSearch, signal?: AbortSignal) => Promise<EpisodeStep>
