import type { Dependency } from '../../model/sources/rendering.ts'
import { listingKey, type TreeEntry } from '../../model/sources/tree.ts'

/** The entries of a folder by the OID of its tree. */
export type EntriesOf = (tree: string) => readonly TreeEntry[]

interface Node {
  /** It was read whole, or it was looked for. */
  isRead: boolean
  /** Its names were listed. */
  isListed: boolean
  readonly children: Map<string, Node>
}

const newNode = (): Node => ({ isRead: false, isListed: false, children: new Map() })

/** The paths that a rendering read or listed in one tree, by which it is told whether a commit touches any of them. */
export class ReadPaths {
  readonly #root = newNode()
  readonly #entriesOf: EntriesOf

  constructor(reads: readonly Dependency[], entriesOf: EntriesOf) {
    this.#entriesOf = entriesOf
    for (const { path, listing } of reads) {
      let node = this.#root
      for (const name of path === '' ? [] : path.split('/')) {
        const child = node.children.get(name) ?? newNode()
        node.children.set(name, child)
        node = child
      }
      if (listing === undefined) node.isRead = true
      else node.isListed = true
    }
  }

  /** Whether anything that was read is not the same in these two trees; `undefined` is a tree that holds nothing. */
  differ(one: string | undefined, other: string | undefined): boolean {
    return this.#differ(this.#root, asFolder(one), asFolder(other))
  }

  #differ(node: Node, one: TreeEntry | undefined, other: TreeEntry | undefined): boolean {
    if (one?.oid === other?.oid && one?.type === other?.type) return false
    if (node.isRead) return true
    const [left, right] = [this.#listed(one), this.#listed(other)]
    if (node.isListed && keyOf(left) !== keyOf(right)) return true
    return node.children.entries().some(([name, child]) => this.#differ(child, left?.get(name), right?.get(name)))
  }

  #listed(entry: TreeEntry | undefined): ReadonlyMap<string, TreeEntry> | undefined {
    if (entry?.type !== 'directory') return undefined
    return new Map(this.#entriesOf(entry.oid).map((found) => [found.name, found]))
  }
}

const asFolder = (tree: string | undefined): TreeEntry | undefined =>
  tree === undefined ? undefined : { name: '', type: 'directory', oid: tree }

const keyOf = (entries: ReadonlyMap<string, TreeEntry> | undefined): string | undefined =>
  entries === undefined ? undefined : listingKey([...entries.values()])
