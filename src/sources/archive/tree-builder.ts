import { refused } from './entry-path.ts'
import type { PackBuilder } from './pack-builder.ts'

interface Folder {
  readonly children: Map<string, Node>
}
type Node = Folder | { readonly mode: '100644' | '120000'; readonly id: Buffer }

/** Puts files that come in any order into one tree of Git. */
export class TreeBuilder {
  readonly #root: Folder = { children: new Map() }
  readonly #pack: PackBuilder

  constructor(pack: PackBuilder) {
    this.#pack = pack
  }

  get isEmpty(): boolean {
    return this.#root.children.size === 0
  }

  /** Whether the root has a file of the name. */
  hasFile(name: string): boolean {
    const node = this.#root.children.get(name)
    return node !== undefined && !('children' in node)
  }

  /** Of two files with one path the later one stays, as where they are unpacked. @throws CodedError `GDE_SOURCE_ARCHIVE` */
  async add(path: readonly string[], content: Buffer, mode: '100644' | '120000'): Promise<void> {
    const [name = '', folder] = [path.at(-1), this.#folder(path.slice(0, -1), path)]
    const before = folder.children.get(name)
    if (before !== undefined && 'children' in before)
      throw refused(path.join('/'), 'a folder of the archive has that name')
    folder.children.set(name, { mode, id: await this.#pack.add('blob', content) })
  }

  /** Writes the trees, the deepest first. @returns the object ID of the root */
  write(): Promise<Buffer> {
    return this.#write(this.#root)
  }

  #folder(path: readonly string[], of: readonly string[]): Folder {
    let folder = this.#root
    for (const name of path) {
      let next = folder.children.get(name)
      if (next === undefined) {
        next = { children: new Map() }
        folder.children.set(name, next)
      }
      if (!('children' in next)) throw refused(of.join('/'), 'a file of the archive has the name of its folder')
      folder = next
    }
    return folder
  }

  async #write({ children }: Folder): Promise<Buffer> {
    const entries: { readonly key: Buffer; readonly bytes: Buffer }[] = []
    for (const [name, node] of children) {
      const isFolder = 'children' in node
      const id = isFolder ? await this.#write(node) : node.id
      const bytes = Buffer.concat([Buffer.from(`${isFolder ? '40000' : node.mode} ${name}\0`), id])
      // Git sorts folders as if their names ended with a slash.
      entries.push({ key: Buffer.from(isFolder ? `${name}/` : name), bytes })
    }
    entries.sort((a, b) => a.key.compare(b.key))
    return this.#pack.add('tree', Buffer.concat(entries.map(({ bytes }) => bytes)))
  }
}
