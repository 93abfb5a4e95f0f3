import { CodedError, fromFailure } from '../model/failure.ts'
import type { Dependency, SourceTree } from '../model/sources/rendering.ts'
import type { OpenTree, TreeEntry, TreeReader } from '../model/sources/tree.ts'

/** What lies at a path once every symlink is followed. */
export interface ResolvedEntry {
  readonly path: string
  readonly entry: TreeEntry
}

/** The same limit as Linux. */
const MAX_SYMLINKS = 40
const MAX_TARGET_LENGTH = 4096

/** The trees of one request, and what was looked up in them. Paths are from the root, '' is the root. */
export class SourceTrees {
  readonly #readers: readonly TreeReader[]
  readonly #recorded = new Map<string, Dependency>()

  constructor(trees: readonly SourceTree[], openTree: OpenTree) {
    this.#readers = trees.map(openTree)
  }

  get dependencies(): readonly Dependency[] {
    return [...this.#recorded.values()]
  }

  reader(source: number): TreeReader {
    const found = this.#readers[source]
    if (found === undefined) throw new Error(`there is no source ${source}`)
    return found
  }

  record(dependency: Dependency): void {
    const key = `${dependency.source}:${dependency.path}`
    const known = this.#recorded.get(key)
    // A dependency on the content of a folder includes the one on its listing.
    if (known !== undefined && known.listing === undefined) return
    this.#recorded.set(key, dependency)
  }

  /** @throws CodedError `GDE_RENDER_OUTSIDE`, `GDE_RENDER_SYMLINK`, `GDE_GIT_UNSUPPORTED` for what lies in a submodule */
  resolve(source: number, path: string): ResolvedEntry | undefined {
    let current = path
    for (let hops = 0; hops <= MAX_SYMLINKS; hops += 1) {
      const found = this.#step(source, current)
      if (found === undefined || 'entry' in found) return found
      current = found.again
    }
    throw new CodedError('GDE_RENDER_SYMLINK', `the symlink ${path} leads to itself`, { file: path })
  }

  /** Adds the file to errors of the reader, which knows object IDs only. */
  readBlob(source: number, file: string, { oid }: TreeEntry, maxBytes: number): Uint8Array {
    try {
      return this.reader(source).read(oid, maxBytes)
    } catch (error) {
      throw error instanceof CodedError ? fromFailure({ file, ...error.failure }) : error
    }
  }

  /** Follows the first symlink in the path; folders on the way need no dependency of their own. */
  #step(source: number, path: string): ResolvedEntry | { readonly again: string } | undefined {
    const names = path === '' ? [] : path.split('/')
    for (let depth = 0; depth <= names.length; depth += 1) {
      const prefix = names.slice(0, depth).join('/')
      const entry = this.reader(source).entry(prefix)
      if (entry === undefined) {
        this.record({ source, path: prefix })
        return undefined
      }
      if (entry.type === 'symlink') {
        this.record({ source, path: prefix, oid: entry.oid })
        const target = this.#readTarget(source, prefix, entry)
        return { again: joinPath(parentOf(prefix), target, prefix, names.slice(depth)) }
      }
      if (entry.type === 'submodule')
        throw new CodedError('GDE_GIT_UNSUPPORTED', `${prefix} is a submodule`, { file: prefix })
      if (depth === names.length) return { path: prefix, entry }
    }
    return undefined
  }

  #readTarget(source: number, path: string, entry: TreeEntry): string {
    const target = Buffer.from(this.readBlob(source, path, entry, MAX_TARGET_LENGTH)).toString('utf8')
    if (target.startsWith('/'))
      throw new CodedError('GDE_RENDER_OUTSIDE', `the symlink ${path} leads outside the repository`, { file: path })
    return target
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
