import type { CredentialResolver } from '../credentials/credential-resolver.ts'
import type { ArchiveReader } from './archive/entry-path.ts'
import type { SourceLimits } from './limits.ts'

/** Which archive a target revision stands for now. */
export interface FoundArchive {
  /** The same for the same content: what was fetched under a key is not fetched again. */
  readonly key: string
  /** The version or tag that was chosen; '' where a digest was asked for. */
  readonly version: string
  /** `sha256:…`; '' where the server does not say it before the archive is fetched. */
  readonly digest: string
  /** Unix seconds when it was made, where the server says so. */
  readonly time?: number
  /** What people and controllers call the revision. */
  readonly commit: 'version' | 'digest'
  /** Where it lies, as far as the digest does not say it. */
  readonly url?: string
}

/** An archive on disk, whose digest was checked. */
export type FetchedArchive =
  | {
      readonly type: 'tar'
      readonly reader: ArchiveReader
      readonly compressed: boolean
      readonly digest: string
      readonly time?: number
    }
  /** One file, as it is. */
  | { readonly type: 'file'; readonly digest: string }

/** What a poll says of a target: what it stands for, or why nothing. */
export type Resolution = { readonly found: FoundArchive } | { readonly failure: unknown }

/** One kind of server that archives come from. What it throws are coded errors. */
export interface ArchiveServer {
  /** Polls and fetches of a host share their slots. */
  readonly host: string
  /** There is something to be polled before anybody asked for anything. */
  readonly asksWithoutTargets: boolean
  /**
   * Says what each of the targets stands for. Throws when the server cannot be asked; what is wrong with one target alone is its resolution.
   * @param fresh asks the server again; else what it said last may do
   */
  look(targets: readonly string[], fresh: boolean, signal: AbortSignal): Promise<ReadonlyMap<string, Resolution>>
  /** Saves the archive to the file. */
  fetch(found: FoundArchive, file: string, signal: AbortSignal): Promise<FetchedArchive>
  /** Milliseconds for which the server asked to be left alone. */
  readonly pauseMs: number
  close(): Promise<void>
}

/** What a server may use of its source. */
export interface ServerContext {
  /** Files that it keeps lie here, beside the trees. */
  readonly directory: string
  /** What it wants to know again after a restart, such as validators of conditional requests. Kept with the next poll. */
  readonly notes: Map<string, string>
  readonly limits: SourceLimits
  readonly credentials: CredentialResolver
  /** Unix milliseconds. */
  readonly now: () => number
}
