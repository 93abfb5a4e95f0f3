/** What one repository may cost. Sizes in bytes, times in milliseconds. */
export interface GitLimits {
  readonly connectMs: number
  /** Until the headers of a response, and between two chunks of its body. */
  readonly idleMs: number
  /** One poll. */
  readonly listMs: number
  /** One fetch. */
  readonly fetchMs: number
  /** The list of a repository's refs. */
  readonly listBytes: number
  /** Refs in that list, and lines of it. */
  readonly refs: number
  /** One pack as it is sent. */
  readonly packBytes: number
  /** All objects of one pack, inflated. */
  readonly inflatedBytes: number
  /** Largest object that is read into memory. Larger ones stay in the pack but cannot be read. */
  readonly objectBytes: number
  /** Packs of a mirror before they are consolidated into one. */
  readonly packs: number
  /** A mirror that grew by this, and to three times its size after cloning, is cloned again without unused commits. */
  readonly growthBytes: number
  readonly concurrentPerHost: number
  readonly concurrent: number
}

export const DEFAULT_GIT_LIMITS: GitLimits = {
  connectMs: 10_000,
  idleMs: 30_000,
  listMs: 60_000,
  fetchMs: 600_000,
  listBytes: 32 << 20,
  refs: 200_000,
  // Offsets above 2 GiB need another table in the index; no repository of manifests comes near.
  packBytes: 0x7fff_ffff,
  inflatedBytes: 8 * 2 ** 30,
  objectBytes: 128 << 20,
  packs: 50,
  growthBytes: 64 << 20,
  concurrentPerHost: 4,
  concurrent: 32,
}
