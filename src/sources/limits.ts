/** What one source of archives may cost. Sizes in bytes, times in milliseconds. */
export interface SourceLimits {
  readonly connectMs: number
  /** Until the headers of a response, and between two chunks of its body. */
  readonly idleMs: number
  /** One poll. */
  readonly pollMs: number
  /** One archive: downloaded and unpacked. */
  readonly fetchMs: number
  /** The index of a Helm repository, unpacked. */
  readonly indexBytes: number
  /** Charts of an index, and versions of a chart. */
  readonly indexEntries: number
  /** Tags of a repository of a registry. */
  readonly tags: number
  /** A manifest, a list of tags, a token. */
  readonly documentBytes: number
  /** An archive as it is sent. */
  readonly archiveBytes: number
  /** All that an archive unpacks to. Helm itself takes no chart above 100 MiB. */
  readonly unpackedBytes: number
  /** One file of an archive. */
  readonly fileBytes: number
  /** Files and folders of an archive. */
  readonly files: number
  /** Archives that one source keeps on disk; those that were not used for longest go first. */
  readonly storeBytes: number
}

export const DEFAULT_SOURCE_LIMITS: SourceLimits = {
  connectMs: 10_000,
  idleMs: 30_000,
  pollMs: 120_000,
  fetchMs: 300_000,
  indexBytes: 256 << 20,
  indexEntries: 200_000,
  tags: 100_000,
  documentBytes: 4 << 20,
  archiveBytes: 100 << 20,
  unpackedBytes: 100 << 20,
  fileBytes: 64 << 20,
  files: 20_000,
  storeBytes: 1 << 30,
}
