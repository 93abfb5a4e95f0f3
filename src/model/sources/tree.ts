import type { Dependency, SourceTree } from './rendering.ts'

export interface TreeEntry {
  readonly name: string
  readonly type: 'file' | 'executable' | 'symlink' | 'directory' | 'submodule'
  readonly oid: string
}

/**
 * Reads one commit's tree from a Git directory, synchronously: the sandbox asks for files in the middle of a call. Paths are from
 * the root, '/'-separated, without '.' or '..'; '' is the root. Symlinks are not followed: `read` gives their target text.
 */
export interface TreeReader {
  entry(path: string): TreeEntry | undefined
  /** In Git's order; undefined when there is no such folder. */
  list(path: string): readonly TreeEntry[] | undefined
  /** The bytes of a blob. @throws CodedError `GDE_TOO_LARGE` above `maxBytes`, `GDE_GIT_DAMAGED` */
  read(oid: string, maxBytes: number): Uint8Array
}

export type OpenTree = (tree: SourceTree) => TreeReader

/**
 * A short text that is the same for folders with the same names of the same types, whatever is in them. Submodules count with
 * their commit, since that is all there is of them.
 */
export function listingKey(entries: readonly TreeEntry[]): string {
  let high = 0x9e3779b9
  let low = 0x85ebca6b
  for (const entry of entries) {
    const type = entry.type === 'executable' ? 'file' : entry.type
    const text = `${type}/${entry.name}/${type === 'submodule' ? entry.oid : ''}\n`
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      high = Math.imul(high ^ code, 0x2c1b3c6d)
      low = Math.imul(low ^ code, 0x297a2d39)
      high ^= low >>> 13
      low ^= high >>> 16
    }
  }
  return `${entries.length}-${(high >>> 0).toString(16)}${(low >>> 0).toString(16)}`
}

/** Whether a commit's tree has the same content at the path as the one that was rendered. */
export function dependencyHolds({ path, oid, listing }: Dependency, reader: TreeReader): boolean {
  if (reader.entry(path)?.oid === oid) return true
  const entries = listing === undefined ? undefined : reader.list(path)
  return entries !== undefined && listingKey(entries) === listing
}
