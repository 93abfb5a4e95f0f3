import type { TreeEntry } from '../../model/sources/tree.ts'
import { damage } from '../git-failure.ts'

const TYPES: Readonly<Record<string, TreeEntry['type']>> = {
  '40000': 'directory',
  // Written by tools that pad; Git reads it.
  '040000': 'directory',
  '100644': 'file',
  // Group-writable files of early Git.
  '100664': 'file',
  '100755': 'executable',
  '120000': 'symlink',
  '160000': 'submodule',
}

/**
 * Reads a tree object: `mode name\0` and twenty bytes of object ID for each entry. Names that could lead out of a
 * folder are rejected, as by `git fsck`, so that no reader has to check them.
 * @throws CodedError `GDE_GIT_DAMAGED`
 */
export function parseTree(data: Uint8Array): readonly TreeEntry[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const entries: TreeEntry[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const end = bytes.indexOf(0, space)
    if (space < 0 || end < 0 || end + 21 > bytes.length) throw damage('a tree ends too early')
    const type = TYPES[bytes.toString('latin1', at, space)]
    if (type === undefined) throw damage('a tree has an entry of an unknown mode')
    const name = bytes.toString('utf8', space + 1, end)
    if (name === '' || name === '.' || name === '..' || name.includes('/'))
      throw damage('a tree has an entry whose name is a path')
    entries.push({ name, type, oid: bytes.toString('hex', end + 1, end + 21) })
    at = end + 21
  }
  return entries
}
