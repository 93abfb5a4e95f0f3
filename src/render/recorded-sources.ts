import { CodedError } from '../model/failure.ts'
import type { RemoteNeed } from '../model/sources/remote-reference.ts'
import type { Dependency, RenderRequest } from '../model/sources/rendering.ts'
import type { SandboxFiles } from '../model/sources/sandbox.ts'
import { listingKey, type OpenTree, type TreeEntry } from '../model/sources/tree.ts'
import type { RenderLimits } from './limits.ts'
import { openRemotes } from './remotes.ts'
import { type ResolvedEntry, SourceTrees } from './source-trees.ts'

/** One entry of a folder: `type` is that of what a symlink leads to, 'nothing' if it leads nowhere. */
export interface ListedEntry {
  readonly name: string
  readonly type: 'file' | 'directory' | 'nothing'
  readonly symlink: boolean
}

/**
 * The trees of one request's sources, read within limits. Every access is recorded as a dependency: files that were
 * read, folders that were listed, paths where there was nothing. Paths are from the root, '' is the root.
 */
export interface RecordedSources extends Required<SandboxFiles> {
  /** @throws CodedError `GDE_RENDER_OUTSIDE`, `GDE_RENDER_SYMLINK`, `GDE_GIT_UNSUPPORTED` for what lies in a submodule */
  resolveEntry(source: number, path: string): ResolvedEntry | undefined
  listEntries(source: number, path: string): readonly ListedEntry[] | undefined
  /** The entry at the path itself: symlinks are not followed, so there is nothing behind one. */
  plainEntry(source: number, path: string): TreeEntry | undefined
  /** In Git's order; undefined when there is no such folder. */
  plainEntries(source: number, path: string): readonly TreeEntry[] | undefined
  dependencies(): readonly Dependency[]
  /** It is none of the request's own sources. */
  isRemote(source: number): boolean
  /** What was asked for and is not there. */
  needs(): readonly RemoteNeed[]
}

export function openSources(
  { sources, remotes = [] }: Pick<RenderRequest, 'sources' | 'remotes'>,
  openTree: OpenTree,
  limits: RenderLimits,
): RecordedSources {
  const fetched = openRemotes(sources.length, remotes, limits.remotes)
  const trees = new SourceTrees([...sources.map(({ tree }) => tree), ...fetched.trees], openTree)
  let filesLeft = limits.filesRead
  let bytesLeft = limits.bytesRead

  return {
    resolveEntry: (source, path) => trees.resolve(source, path),
    listEntries: (source, path) => listEntries(trees, source, path),
    plainEntry(source, path) {
      const entry = trees.reader(source).entry(path)
      // Folders on the way need no dependency, as when symlinks are followed.
      if (entry?.type !== 'directory') trees.record({ source, path, ...(entry !== undefined && { oid: entry.oid }) })
      return entry
    },
    plainEntries(source, path) {
      const entry = trees.reader(source).entry(path)
      const entries = entry?.type === 'directory' ? trees.reader(source).list(path) : undefined
      if (entries === undefined) trees.record({ source, path, ...(entry !== undefined && { oid: entry.oid }) })
      else if (entry !== undefined) trees.record({ source, path, oid: entry.oid, listing: listingKey(entries) })
      return entries
    },
    resolve(source, path) {
      const found = trees.resolve(source, path)
      if (found === undefined) return undefined
      if (found.entry.type === 'directory') return { path: found.path, type: 'directory' }
      trees.record({ source, path: found.path, oid: found.entry.oid })
      return { path: found.path, type: 'file' }
    },
    list(source, path) {
      // A dangling symlink is listed as a file: reading it is the error, not listing it.
      const entries = listEntries(trees, source, path)
      return entries?.map(({ name, type }) => ({ name, type: type === 'directory' ? type : 'file' }))
    },
    read(source, path) {
      const found = trees.resolve(source, path)
      if (found === undefined) return undefined
      trees.record({ source, path: found.path, oid: found.entry.oid })
      if (found.entry.type === 'directory') return undefined
      filesLeft -= 1
      if (filesLeft < 0)
        throw new CodedError('GDE_TOO_LARGE', `more than ${limits.filesRead} files are read`, { file: path })
      const bytes = trees.readBlob(source, path, found.entry, Math.min(limits.fileBytes, Math.max(bytesLeft, 0)))
      bytesLeft -= bytes.length
      return bytes
    },
    dependencies: () => trees.dependencies,
    remote: fetched.find,
    needs: fetched.needs,
    isRemote: (source) => source >= sources.length,
  }
}

function listEntries(trees: SourceTrees, source: number, path: string): readonly ListedEntry[] | undefined {
  const found = trees.resolve(source, path)
  if (found === undefined || found.entry.type !== 'directory') {
    if (found !== undefined) trees.record({ source, path: found.path, oid: found.entry.oid })
    return undefined
  }
  const entries = trees.reader(source).list(found.path) ?? []
  trees.record({ source, path: found.path, oid: found.entry.oid, listing: listingKey(entries) })
  return entries.map((entry) => listed(trees, source, found.path, entry)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function listed(trees: SourceTrees, source: number, folder: string, entry: TreeEntry): ListedEntry {
  switch (entry.type) {
    case 'file':
    case 'executable':
      return { name: entry.name, type: 'file', symlink: false }
    // Listing a submodule fails, since what is in it cannot be known.
    case 'directory':
    case 'submodule':
      return { name: entry.name, type: 'directory', symlink: false }
    case 'symlink': {
      const target = trees.resolve(source, folder === '' ? entry.name : `${folder}/${entry.name}`)
      const type = target === undefined ? 'nothing' : target.entry.type === 'directory' ? 'directory' : 'file'
      return { name: entry.name, type, symlink: true }
    }
    default:
      return entry.type satisfies never
  }
}
