import fs from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { listRemotes } from 'isomorphic-git'
import { openGit } from '../../git/git-service.ts'
import { commonDirectory, findGitDirectory } from '../../git/objects/git-directory.ts'
import type { Revision } from '../../model/sources/git.ts'
import { type RepositoryAddress, RepositoryUrl, readRepositoryUrl } from '../../model/sources/repository-url.ts'
import type { RepositoryId } from '../../model/sources/source.ts'

/** A repository on this machine and the commit that is checked out. */
export interface Checkout {
  /** Where it is read from: `file:`. */
  readonly fetchUrl: string
  readonly head: Revision
  /** The URLs by which its files name it, the first of them that of its own sources. */
  readonly urls: readonly string[]
}

/**
 * @param named URLs by which it is called besides those of its remotes
 * @throws CodedError `GDE_GIT_*` when there is no repository, or no commit in it
 */
export async function openCheckout(
  folder: string,
  named: readonly string[],
  stateDirectory: string,
  signal: AbortSignal,
): Promise<Checkout> {
  const fetchUrl = pathToFileURL(resolve(folder)).href
  const id = 'checkout' as RepositoryId
  const git = openGit({ stateDirectory, now: Date.now, random: Math.random })
  try {
    git.configure([
      {
        id,
        url: fetchUrl,
        fetchUrl: fetchUrl as RepositoryAddress,
        credentials: { type: 'none' },
        pollIntervalSeconds: 30,
        untrusted: false,
      },
    ])
    const head = await git.resolve(id, 'HEAD', signal)
    const remotes = await listRemotes({ fs, gitdir: commonDirectory(findGitDirectory(fetchUrl)) })
    const origins = [...named, ...remotes.map(({ url }) => url)]
    return { fetchUrl, head, urls: [...new Set(origins.flatMap(spellings))] }
  } finally {
    await git.close()
  }
}

/** A remote as people write it, by https and by ssh: to Argo CD's NormalizeGitURL these are different repositories. */
export function spellings(remote: string): readonly string[] {
  const url = readRepositoryUrl(remote)
  if (!(url instanceof RepositoryUrl)) return []
  const place =
    /^(?:https?|ssh):\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?\/(.+)$/.exec(url.address) ??
    /^[^@/]+@([^/:]+)[:/](.+)$/.exec(url.address)
  if (place === null) return url.transport === 'file' ? [url.address] : []
  const [, host = '', path = ''] = place
  const plain = path.replace(/\.git$/, '')
  const own = url.address.replace(/\.git$/, '')
  return [...new Set([own, `https://${host}/${plain}`, `git@${host}:${plain}`])]
}
