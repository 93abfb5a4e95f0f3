import { ByteLru } from '../../concurrency/byte-lru.ts'
import type { SourceTree } from '../../model/sources/rendering.ts'
import type { OpenTree, TreeEntry, TreeReader } from '../../model/sources/tree.ts'
import { damage, errorCode } from '../git-failure.ts'
import { expectType, ObjectStore, type ObjectStoreOptions } from './object-store.ts'
import { parseTree } from './tree-object.ts'

/** No folder of a repository that people work with comes near: a million names of fifty bytes. */
const TREE_BYTES = 64 << 20
/** Parsed trees that are kept, counted as the bytes of the tree objects. */
const TREE_CACHE_BYTES = 8 << 20
/** Repositories that are kept open. */
const OPEN_REPOSITORIES = 32

const DEFAULTS: ObjectStoreOptions = { objectBytes: 128 << 20, cacheBytes: 32 << 20, openFiles: 32 }

/** Makes a function that opens trees and keeps repositories open between calls: one for each thread. */
export function createTreeOpener(options: ObjectStoreOptions = DEFAULTS): OpenTree {
  const stores = new Map<string, ObjectStore>()
  const trees = new ByteLru<string, readonly TreeEntry[]>(TREE_CACHE_BYTES)

  const storeOf = (gitDirectory: string): ObjectStore => {
    const open = stores.get(gitDirectory)
    const store = open ?? openStore(gitDirectory, options)
    // Closes packs that were removed by a repack, so that their disk space is freed.
    open?.rescan()
    stores.delete(gitDirectory)
    stores.set(gitDirectory, store)
    for (const [oldest, other] of stores) {
      if (stores.size <= OPEN_REPOSITORIES) break
      stores.delete(oldest)
      other.close()
    }
    return store
  }
  return (tree) => createTreeReader(tree, storeOf(tree.gitDirectory), trees)
}

/** The opener of this thread. */
export const openTree: OpenTree = createTreeOpener()

function openStore(gitDirectory: string, options: ObjectStoreOptions): ObjectStore {
  try {
    return new ObjectStore(gitDirectory, options)
  } catch (error) {
    if (errorCode(error) === '') throw error
    throw damage(`the repository cannot be opened: ${errorCode(error)}`, error)
  }
}

/** Gives the entries of trees by their OID. Its function throws CodedError `GDE_GIT_DAMAGED`. */
export function createTreeLister(
  store: ObjectStore,
  cache = new ByteLru<string, readonly TreeEntry[]>(TREE_CACHE_BYTES),
): (tree: string) => readonly TreeEntry[] {
  return (id) => {
    const kept = cache.get(id)
    if (kept !== undefined) return kept
    const object = store.read(id, TREE_BYTES)
    if (object === undefined) throw missingObject(id)
    const data = expectType(object, 'tree', id)
    const entries = parseTree(data)
    cache.set(id, entries, data.length)
    return entries
  }
}

/** Reads one commit's tree from an open store. */
function createTreeReader(
  { tree: root }: Pick<SourceTree, 'tree'>,
  store: ObjectStore,
  cache: ByteLru<string, readonly TreeEntry[]>,
): TreeReader {
  const entriesOf = createTreeLister(store, cache)

  const entry = (path: string): TreeEntry | undefined => {
    let found: TreeEntry = { name: '', type: 'directory', oid: root }
    if (path === '') return found
    for (const name of path.split('/')) {
      if (found.type !== 'directory') return undefined
      const child = childOf(entriesOf(found.oid), name)
      if (child === undefined) return undefined
      found = child
    }
    return found
  }

  return {
    entry,
    list: (path) => {
      const folder = entry(path)
      return folder?.type === 'directory' ? entriesOf(folder.oid) : undefined
    },
    read: (id, maxBytes) => {
      const object = store.read(id, maxBytes)
      if (object === undefined) throw missingObject(id)
      return expectType(object, 'blob', id)
    },
  }
}

/** Of larger folders, in which each app of a fleet looks for its own. */
const SMALL_FOLDER = 32
const childrenByName = new WeakMap<readonly TreeEntry[], ReadonlyMap<string, TreeEntry>>()

function childOf(entries: readonly TreeEntry[], name: string): TreeEntry | undefined {
  if (entries.length <= SMALL_FOLDER) return entries.find((candidate) => candidate.name === name)
  const known = childrenByName.get(entries)
  if (known !== undefined) return known.get(name)
  // Where a damaged tree has a name twice the first one counts, as in small ones.
  const children = new Map(entries.toReversed().map((entry) => [entry.name, entry] as const))
  childrenByName.set(entries, children)
  return children.get(name)
}

function missingObject(id: string) {
  return damage(`object ${id} is missing (a partial clone cannot be read)`)
}
