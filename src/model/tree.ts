import type { SourceTree } from './rendering.ts'

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
