import { CodedError, type Failure } from '../model/failure.ts'
import { type RemoteNeed, remoteKey } from '../model/sources/remote-reference.ts'
import type { RenderRemote, SourceTree } from '../model/sources/rendering.ts'

/** What files of the sources name elsewhere, as far as it is known, and what more of it is missing. */
export interface KnownRemotes {
  /** In the order of their indices, from that of the first remote on. */
  readonly trees: readonly SourceTree[]
  /** @throws CodedError `GDE_TOO_LARGE` for one too many; it is no need then, for with no number of them it could be rendered */
  find(need: RemoteNeed): number | Failure | undefined
  needs(): readonly RemoteNeed[]
}

/** @param first index of the first remote */
export function openRemotes(first: number, remotes: readonly RenderRemote[], most: number): KnownRemotes {
  const known = new Map<string, number | Failure>()
  const trees: SourceTree[] = []
  for (const { reference, tree, failure } of remotes) {
    if (tree === undefined) known.set(remoteKey(reference), failure)
    else known.set(remoteKey(reference), first + trees.push(tree) - 1)
  }
  const missing = new Map<string, RemoteNeed>()
  let isTooMuch = false
  return {
    trees,
    needs: () => (isTooMuch ? [] : [...missing.values()]),
    find(need) {
      const key = remoteKey(need)
      const found = known.get(key)
      if (found !== undefined || missing.has(key)) return found
      isTooMuch ||= known.size + missing.size >= most
      if (isTooMuch)
        throw new CodedError(
          'GDE_TOO_LARGE',
          `more than ${most} repositories, charts and files that lie elsewhere are named`,
          {
            ...(need.file !== undefined && { file: need.file }),
          },
        )
      missing.set(key, need)
      return undefined
    },
  }
}
