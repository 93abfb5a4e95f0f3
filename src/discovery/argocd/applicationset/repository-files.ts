import type { Dependency, SourceTree } from '../../../model/sources/rendering.ts'
import type { SandboxFiles } from '../../../model/sources/sandbox.ts'
import { listingKey, type OpenTree, type TreeEntry, type TreeReader } from '../../../model/sources/tree.ts'

/** As Linux has it. */
const MAX_SYMLINKS = 40
const MAX_TARGET_BYTES = 4096

/** What lies at a path once every symlink on the way is followed. */
interface ResolvedPath {
  readonly path: string
  readonly entry: TreeEntry
}

/** Trees as git generators read them, with a record of what was read. */
export interface RepositoryFiles extends SandboxFiles {
  dependencies(): readonly Dependency[]
}

/**
 * Opens trees for git generators. A folder is listed whatever symlinks are in it: one that leads outside or nowhere is a file
 * that cannot be read, which matters only when a generator chooses it.
 * @param trees by source; undefined where there is none, which is never asked for
 */
export function openRepositoryFiles(
  trees: readonly (SourceTree | undefined)[],
  openTree: OpenTree,
  fileBytes: number,
): RepositoryFiles {
  const readers = new Map<number, TreeReader>()
  const recorded = new Map<string, Dependency>()

  function reader(source: number): TreeReader {
    const tree = trees[source]
    if (tree === undefined) throw new Error(`there is no source ${source}`)
    const opened = readers.get(source) ?? openTree(tree)
    readers.set(source, opened)
    return opened
  }

  function record(dependency: Dependency): void {
    const key = `${dependency.source}:${dependency.path}`
    if (!recorded.has(key)) recorded.set(key, dependency)
  }

  /** 'outside' for a symlink that leads out of the repository; undefined where there is nothing. */
  function follow(source: number, path: string): ResolvedPath | 'outside' | undefined {
    let rest = path === '' ? [] : path.split('/')
    let reached = ''
    let hops = 0
    while (true) {
      const entry = reader(source).entry(reached)
      if (entry === undefined) {
        record({ source, path: reached })
        return undefined
      }
      if (entry.type === 'symlink') {
        record({ source, path: reached, oid: entry.oid })
        hops += 1
        const target = symlinkTarget(reader(source), reached, entry)
        if (target === undefined || hops > MAX_SYMLINKS) return 'outside'
        rest = [...target, ...rest]
        reached = ''
        continue
      }
      const [next, ...after] = rest
      if (next === undefined) return { path: reached, entry }
      rest = after
      reached = reached === '' ? next : `${reached}/${next}`
    }
  }

  function typeOf(source: number, folder: string, entry: TreeEntry): 'file' | 'directory' {
    if (entry.type === 'symlink') {
      const target = follow(source, folder === '' ? entry.name : `${folder}/${entry.name}`)
      return isResolved(target) && target.entry.type === 'directory' ? 'directory' : 'file'
    }
    // A submodule that was not fetched is an empty folder.
    return entry.type === 'directory' || entry.type === 'submodule' ? 'directory' : 'file'
  }

  return {
    list(source, path) {
      const found = follow(source, path)
      if (!isResolved(found)) return undefined
      if (found.entry.type === 'submodule') return []
      if (found.entry.type !== 'directory') return undefined
      const entries = reader(source).list(found.path) ?? []
      record({ source, path: found.path, oid: found.entry.oid, listing: listingKey(entries) })
      return entries
        .map((entry) => ({ name: entry.name, type: typeOf(source, found.path, entry) }))
        .sort((one, other) => (one.name < other.name ? -1 : 1))
    },
    read(source, path) {
      const found = follow(source, path)
      if (!isResolved(found) || found.entry.type === 'directory' || found.entry.type === 'submodule') return undefined
      record({ source, path: found.path, oid: found.entry.oid })
      return reader(source).read(found.entry.oid, fileBytes)
    },
    resolve(source, path) {
      const found = follow(source, path)
      if (!isResolved(found)) return undefined
      const isFolder = found.entry.type === 'directory' || found.entry.type === 'submodule'
      return { path: found.path, type: isFolder ? 'directory' : 'file' }
    },
    dependencies: () => [...recorded.values()],
  }
}

function isResolved(found: ResolvedPath | 'outside' | undefined): found is ResolvedPath {
  return typeof found === 'object'
}

/** The target as names from the root; undefined when it leaves the repository. */
function symlinkTarget(reader: TreeReader, path: string, entry: TreeEntry): readonly string[] | undefined {
  const target = Buffer.from(reader.read(entry.oid, MAX_TARGET_BYTES)).toString('utf8')
  if (target.startsWith('/')) return undefined
  const names = path.split('/').slice(0, -1)
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    else if (names.pop() === undefined) return undefined
  }
  return names
}
