/** One ref of a repository. */
export interface Ref {
  readonly id: string
  /** The commit that an annotated tag leads to. */
  readonly peeled?: string
}

/** Branches, tags and HEAD as one listing gave them. */
export interface RefList {
  /** By full name (`refs/heads/main`), `HEAD` among them unless it is detached from everything. */
  readonly refs: ReadonlyMap<string, Ref>
  /** The ref that HEAD points to: the default branch. */
  readonly headTarget?: string
}

/** Prefixes listed for every repository. */
export const LISTED = ['HEAD', 'refs/heads/', 'refs/tags/']

/** @param extraRefs refs that were requested beside those, by full name */
export function isListed(name: string, extraRefs: readonly string[]): boolean {
  return name === 'HEAD' || name.startsWith('refs/heads/') || name.startsWith('refs/tags/') || extraRefs.includes(name)
}

export interface PackRequest {
  readonly wants: readonly string[]
  /** Commits that are here with all that they need. */
  readonly haves: readonly string[]
  /** Commits whose parents are not here. */
  readonly shallow: readonly string[]
  /** Number of commits from each wanted one; absent is all that is not here. */
  readonly depth?: number
}

export interface PackAnswer {
  readonly shallow: readonly string[]
  readonly unshallow: readonly string[]
  /** The bytes of the pack, to be read to the end. */
  readonly pack: AsyncIterable<Uint8Array>
}

/** A repository on a server. */
export interface Remote {
  /**
   * @param extraRefs refs to list beside branches, tags and HEAD, by full name
   * @throws CodedError `GDE_GIT_*`, `GDE_TIMEOUT`, `GDE_TOO_LARGE`, `GDE_NOT_PERMITTED`
   */
  listRefs(extraRefs: readonly string[], signal: AbortSignal): Promise<RefList>
  /** @throws as listRefs; `GDE_GIT_REVISION` when the server does not give a wanted commit */
  fetchPack<T>(request: PackRequest, receive: (answer: PackAnswer) => Promise<T>, signal: AbortSignal): Promise<T>
  close(): Promise<void>
}
