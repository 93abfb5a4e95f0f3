import { CodedError, fromFailure } from '../model/failure.ts'
import type { Dependency, RenderSource } from '../model/rendering.ts'
import type { SandboxFiles } from '../model/sandbox.ts'
import { listingKey, type OpenTree, type TreeEntry, type TreeReader } from '../model/tree.ts'
import type { RenderLimits } from './limits.ts'

/** What lies at a path once every symlink is followed. */
export interface ResolvedEntry {
  readonly path: string
  readonly entry: TreeEntry
}

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
export interface RecordedSources extends SandboxFiles {
  /** @throws CodedError `GDE_RENDER_OUTSIDE`, `GDE_RENDER_SYMLINK`, `GDE_GIT_UNSUPPORTED` for what lies in a submodule */
  resolveEntry(source: number, path: string): ResolvedEntry | undefined
  listEntries(source: number, path: string): readonly ListedEntry[] | undefined
  /** The entry at the path itself: symlinks are not followed, so there is nothing behind one. */
  plainEntry(source: number, path: string): TreeEntry | undefined
  /** In Git's order; undefined when there is no such folder. */
  plainEntries(source: number, path: string): readonly TreeEntry[] | undefined
  dependencies(): readonly Dependency[]
}

/** The same limit as Linux. */
const MOST_SYMLINKS = 40
const LONGEST_TARGET = 4096

export function openSources(
  sources: readonly RenderSource[],
  openTree: OpenTree,
  limits: RenderLimits,
): RecordedSources {
  const readers = sources.map((source) => openTree(source.tree))
  const recorded = new Map<string, Dependency>()
  let filesLeft = limits.filesRead
  let bytesLeft = limits.bytesRead

  function reader(source: number): TreeReader {
    const found = readers[source]
    if (found === undefined) throw new Error(`there is no source ${source}`)
    return found
  }

  function record(dependency: Dependency): void {
    const key = `${dependency.source}:${dependency.path}`
    const known = recorded.get(key)
    // A dependency on the content of a folder includes the one on its listing.
    if (known !== undefined && known.listing === undefined) return
    recorded.set(key, dependency)
  }

  /** Follows the first symlink in the path; folders on the way need no dependency of their own. */
  function step(source: number, path: string): ResolvedEntry | { readonly again: string } | undefined {
    const names = path === '' ? [] : path.split('/')
    for (let depth = 0; depth <= names.length; depth += 1) {
      const prefix = names.slice(0, depth).join('/')
      const entry = reader(source).entry(prefix)
      if (entry === undefined) {
        record({ source, path: prefix })
        return undefined
      }
      if (entry.type === 'symlink') {
        record({ source, path: prefix, oid: entry.oid })
        return { again: joinPath(parentOf(prefix), readTarget(source, prefix, entry), prefix, names.slice(depth)) }
      }
      if (entry.type === 'submodule')
        throw new CodedError('GDE_GIT_UNSUPPORTED', `${prefix} is a submodule`, { file: prefix })
      if (depth === names.length) return { path: prefix, entry }
    }
    return undefined
  }

  /** Adds the file to errors of the reader, which knows object IDs only. */
  function readBlob(source: number, file: string, { oid }: TreeEntry, maxBytes: number): Uint8Array {
    try {
      return reader(source).read(oid, maxBytes)
    } catch (error) {
      throw error instanceof CodedError ? fromFailure({ file, ...error.failure }) : error
    }
  }

  function readTarget(source: number, path: string, entry: TreeEntry): string {
    const target = Buffer.from(readBlob(source, path, entry, LONGEST_TARGET)).toString('utf8')
    if (target.startsWith('/'))
      throw new CodedError('GDE_RENDER_OUTSIDE', `the symlink ${path} leads outside the repository`, { file: path })
    return target
  }

  function resolveEntry(source: number, path: string): ResolvedEntry | undefined {
    let current = path
    for (let hops = 0; hops <= MOST_SYMLINKS; hops += 1) {
      const found = step(source, current)
      if (found === undefined || 'entry' in found) return found
      current = found.again
    }
    throw new CodedError('GDE_RENDER_SYMLINK', `the symlink ${path} leads to itself`, { file: path })
  }

  function listEntries(source: number, path: string): readonly ListedEntry[] | undefined {
    const found = resolveEntry(source, path)
    if (found === undefined || found.entry.type !== 'directory') {
      if (found !== undefined) record({ source, path: found.path, oid: found.entry.oid })
      return undefined
    }
    const entries = reader(source).list(found.path) ?? []
    record({ source, path: found.path, oid: found.entry.oid, listing: listingKey(entries) })
    return entries.map((entry) => listed(source, found.path, entry)).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  function listed(source: number, folder: string, entry: TreeEntry): ListedEntry {
    switch (entry.type) {
      case 'file':
      case 'executable':
        return { name: entry.name, type: 'file', symlink: false }
      // Listing a submodule fails, since what is in it cannot be known.
      case 'directory':
      case 'submodule':
        return { name: entry.name, type: 'directory', symlink: false }
      case 'symlink': {
        const target = resolveEntry(source, folder === '' ? entry.name : `${folder}/${entry.name}`)
        const type = target === undefined ? 'nothing' : target.entry.type === 'directory' ? 'directory' : 'file'
        return { name: entry.name, type, symlink: true }
      }
      default:
        return entry.type satisfies never
    }
  }

  return {
    resolveEntry,
    listEntries,
    plainEntry(source, path) {
      const entry = reader(source).entry(path)
      // Folders on the way need no dependency, as in `step`.
      if (entry?.type !== 'directory') record({ source, path, ...(entry !== undefined && { oid: entry.oid }) })
      return entry
    },
    plainEntries(source, path) {
      const entry = reader(source).entry(path)
      const entries = entry?.type === 'directory' ? reader(source).list(path) : undefined
      if (entries === undefined) record({ source, path, ...(entry !== undefined && { oid: entry.oid }) })
      else if (entry !== undefined) record({ source, path, oid: entry.oid, listing: listingKey(entries) })
      return entries
    },
    resolve(source, path) {
      const found = resolveEntry(source, path)
      if (found === undefined) return undefined
      if (found.entry.type === 'directory') return { path: found.path, type: 'directory' }
      record({ source, path: found.path, oid: found.entry.oid })
      return { path: found.path, type: 'file' }
    },
    list(source, path) {
      // A dangling symlink is listed as a file: reading it is the error, not listing it.
      return listEntries(source, path)?.map(({ name, type }) => ({ name, type: type === 'directory' ? type : 'file' }))
    },
    read(source, path) {
      const found = resolveEntry(source, path)
      if (found === undefined) return undefined
      record({ source, path: found.path, oid: found.entry.oid })
      if (found.entry.type === 'directory') return undefined
      filesLeft -= 1
      if (filesLeft < 0)
        throw new CodedError('GDE_TOO_LARGE', `more than ${limits.filesRead} files are read`, { file: path })
      const bytes = readBlob(source, path, found.entry, Math.min(limits.fileBytes, Math.max(bytesLeft, 0)))
      bytesLeft -= bytes.length
      return bytes
    },
    dependencies: () => [...recorded.values()],
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '' : path.slice(0, slash)
}

function joinPath(folder: string, target: string, symlink: string, rest: readonly string[]): string {
  const joined = insidePath(folder, [target, ...rest].join('/'))
  if (joined === undefined)
    throw new CodedError('GDE_RENDER_OUTSIDE', `the symlink ${symlink} leads outside the repository`, { file: symlink })
  return joined
}

/** A path relative to a folder, from the root, without '.' and '..'; undefined when it leaves the repository. */
export function insidePath(folder: string, relative: string): string | undefined {
  const names = folder === '' ? [] : folder.split('/')
  for (const name of relative.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    else if (names.pop() === undefined) return undefined
  }
  return names.join('/')
}
