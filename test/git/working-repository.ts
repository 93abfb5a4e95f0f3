import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { GitCredentials, RepositorySpec } from '../../src/model/apps/inventory.ts'
import type { RepositoryAddress } from '../../src/model/sources/repository-url.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import { run } from '../servers/run.ts'

/** Neither the settings of the user nor of the machine, so that every commit is the same everywhere. */
const ENVIRONMENT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_TERMINAL_PROMPT: '0',
}

/** A repository with a work tree that a test commits to with the real program. */
export interface WorkingRepository {
  readonly path: string
  readonly url: string
  git(...args: readonly string[]): Promise<string>
  /**
   * Writes the files (null removes one) and commits them.
   * @param time Unix seconds; else a minute after the last one, long ago
   * @returns the commit
   */
  commit(
    files: Readonly<Record<string, string | Uint8Array | null>>,
    options?: { readonly message?: string; readonly time?: number },
  ): Promise<string>
}

export async function createWorkingRepository(path: string, ...args: readonly string[]): Promise<WorkingRepository> {
  await mkdir(path, { recursive: true })
  let commits = 0
  let time: number | undefined
  const git = async (...command: readonly string[]) => {
    // A minute apart, so that the order of commits is clear.
    const date = `@${time ?? 1_700_000_000 + 60 * commits} +0000`
    const env = { ...ENVIRONMENT, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
    return (await run('git', ['-C', path, ...command], { env })).stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main', ...args)
  return {
    path,
    url: pathToFileURL(path).href,
    git,
    commit: async (files, options = {}) => {
      commits++
      time = options.time
      for (const [name, content] of Object.entries(files)) {
        const file = join(path, name)
        if (content === null) await rm(file)
        else {
          await mkdir(dirname(file), { recursive: true })
          await writeFile(file, content)
        }
      }
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '--message', options.message ?? 'change')
      return git('rev-parse', 'HEAD')
    },
  }
}

/** The name of a test's repository in its inventory. */
export const REPOSITORY = 'repository' as RepositoryId

export function repositorySpec(fetchUrl: string, more: Partial<RepositorySpec> = {}): RepositorySpec {
  const credentials: GitCredentials = { type: 'none' }
  return {
    id: REPOSITORY,
    url: 'https://git.example.com/platform.git',
    // As it is given: some tests fetch what no address may hold.
    fetchUrl: fetchUrl as RepositoryAddress,
    credentials,
    pollIntervalSeconds: 3600,
    untrusted: false,
    ...more,
  }
}
