import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** A path of the image, without a slash at its start or end. */
export type Entry = { readonly path: string; readonly owner?: number; readonly mode?: number } & (
  | { readonly type: 'file'; readonly content: Uint8Array }
  | { readonly type: 'directory' }
  | { readonly type: 'symlink'; readonly target: string }
)

export interface Layer {
  /** For people. */
  readonly title: string
  /** Compressed. */
  readonly content: Uint8Array
  readonly digest: string
  /** Of the tar itself. */
  readonly diffId: string
  readonly unpackedBytes: number
}

/**
 * The same entries give the same bytes: sorted, of one time, of owners by number.
 * @param time of all entries
 * @param folders whether folders are entries, too
 */
export async function makeLayer(
  title: string,
  entries: readonly Entry[],
  time: Date,
  { folders = true }: { readonly folders?: boolean } = {},
): Promise<Layer> {
  const archive = pack()
  const bytes = buffer(archive)
  for (const entry of folders ? withParents(entries) : entries.toSorted(byPath)) {
    const { path, owner = 0 } = entry
    const header = { name: path, uid: owner, gid: owner, uname: '', gname: '', mtime: time }
    if (entry.type === 'file') archive.entry({ ...header, mode: entry.mode ?? 0o644 }, Buffer.from(entry.content))
    else if (entry.type === 'directory') archive.entry({ ...header, type: 'directory', mode: entry.mode ?? 0o755 })
    else archive.entry({ ...header, type: 'symlink', linkname: entry.target, mode: 0o777 })
  }
  archive.finalize()
  const tar = await bytes
  const content = gzipSync(tar, { level: 6 })
  return { title, content, digest: sha256(content), diffId: sha256(tar), unpackedBytes: tar.length }
}

export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Folders come before what is in them. */
function withParents(entries: readonly Entry[]): readonly Entry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]))
  for (const { path } of entries)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at)
      if (!all.has(parent)) all.set(parent, { type: 'directory', path: parent })
    }
  return [...all.values()].sort(byPath)
}

function byPath(a: Entry, b: Entry): number {
  return a.path < b.path ? -1 : 1
}
