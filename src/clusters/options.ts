import type { LookupFunction } from 'node:net'
import type { RedactionKey } from '../kubernetes/redaction.ts'
import type { EnterLargeAnswer } from './server/api/large-answers.ts'
import type { ParseSnapshotFile } from './snapshot/parse-file.ts'

/** What a connector needs beside the cluster's spec. */
export interface ConnectOptions {
  /** Key for redacting Secrets on read. */
  readonly redactionKey: RedactionKey
  /** Parses one file of a snapshot, off this thread where there is a pool; by default on this thread. */
  readonly parseSnapshotFile?: ParseSnapshotFile
  readonly server?: Partial<ServerLimits>
  /** How clusters take turns with what is large; by default each has its own. */
  readonly enterLargeAnswer?: EnterLargeAnswer
  /** Checks addresses that come from resources; without it such clusters are refused. */
  readonly guard?: AddressGuard
  /** Where a pod finds its ServiceAccount. */
  readonly serviceAccountFolder?: string
  /** The environment: the in-cluster address, proxies, and what exec plugins inherit. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** Refuses addresses that URLs of resources may not lead to. */
export interface AddressGuard {
  /** @throws CodedError `GDE_NOT_PERMITTED` */
  readonly checkUrl: (url: URL) => void
  /** Looks names up for the connection itself. */
  readonly lookup: LookupFunction
}

/** Times in milliseconds, sizes in bytes. All are per cluster. */
export interface ServerLimits {
  readonly connect: number
  /** Until the first byte of an answer; the server itself gives up after 60 s. */
  readonly answer: number
  /** Between two parts of an answer that is not a watch. */
  readonly idle: number
  /** A bookmark comes every minute; a watch that is silent for longer than that and a grace is half-open. */
  readonly watchSilence: number
  /** Between two objects of a list that is streamed; whoever is silent for longer does not say where it ends. */
  readonly listSilence: number
  /** The server ends a watch after a random time between this and twice this. */
  readonly watchDuration: number
  /** How long a watch is resumed without success before `Lost` is sent. */
  readonly lostAfter: number
  /** First and longest delay between retries, both jittered. */
  readonly firstPause: number
  readonly longestPause: number
  /** Lists and single requests at a time; watches are not counted. */
  readonly concurrency: number
  readonly pageSize: number
  readonly answerBytes: number
  /** One line of a watch: one object. etcd takes 1.5 MB, and its JSON can be some times larger. */
  readonly objectBytes: number
  /** Kinds without `watch` are listed again after this. */
  readonly pollInterval: number
  /** Cached discovery is used up to this age; refreshing it unchanged costs the server a 304 answer and the list of schemas. */
  readonly discoveryAge: number
  /** The same after a missing kind was asked for. */
  readonly missingKindAge: number
  /** The server's version and the kinds of its core are asked for again after this, even if nothing says that they are others. */
  readonly versionAge: number
}

export const SERVER_LIMITS: ServerLimits = {
  connect: 10_000,
  answer: 65_000,
  idle: 30_000,
  watchSilence: 90_000,
  listSilence: 10_000,
  watchDuration: 240_000,
  lostAfter: 10_000,
  firstPause: 500,
  longestPause: 30_000,
  concurrency: 8,
  pageSize: 500,
  answerBytes: 64 * 1024 * 1024,
  objectBytes: 16 * 1024 * 1024,
  pollInterval: 60_000,
  discoveryAge: 5000,
  missingKindAge: 1000,
  versionAge: 600_000,
}
