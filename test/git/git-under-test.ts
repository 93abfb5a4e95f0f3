import { type Git, openGit } from '../../src/git/git-service.ts'
import type { GitLimits } from '../../src/git/limits.ts'
import { createTreeOpener } from '../../src/git/objects/tree-reader.ts'
import type { GitEvent } from '../../src/git/repository.ts'
import type { RepositorySpec } from '../../src/model/apps/inventory.ts'
import type { RepositoryStatus, Revision } from '../../src/model/sources/git.ts'
import { REPOSITORY } from './working-repository.ts'

export interface GitUnderTest extends AsyncDisposable {
  readonly git: Git
  readonly events: readonly GitEvent[]
  readonly statuses: readonly RepositoryStatus[]
  resolve(revision: string): Promise<Revision>
  /** The text of a file at a revision. */
  read(revision: string, path: string): Promise<string>
  /** Waits for a status after now that the test is looking for. */
  statusWhere(wanted: (status: RepositoryStatus) => boolean): Promise<RepositoryStatus>
}

export function openGitUnderTest(
  stateDirectory: string,
  spec: RepositorySpec,
  limits: Partial<GitLimits> = {},
  now: () => number = Date.now,
): GitUnderTest {
  const events: GitEvent[] = []
  const statuses: RepositoryStatus[] = []
  const git = openGit({
    stateDirectory,
    now,
    random: () => 0.5,
    limits,
    log: (event) => events.push(event),
  })
  git.onStatus((status) => statuses.push(status))
  git.configure([spec])
  const openTree = createTreeOpener()
  const resolve = (revision: string) => git.resolve(REPOSITORY, revision, AbortSignal.timeout(30_000))
  return {
    git,
    events,
    statuses,
    resolve,
    read: async (revision, path) => {
      const reader = openTree((await resolve(revision)).tree)
      const entry = reader.entry(path)
      if (entry === undefined) throw new Error(`there is no ${path}`)
      return Buffer.from(reader.read(entry.oid, 1 << 20)).toString()
    },
    statusWhere: (wanted) =>
      new Promise((done) => {
        const stop = git.onStatus((status) => {
          if (!wanted(status)) return
          stop()
          done(status)
        })
      }),
    [Symbol.asyncDispose]: () => git.close(),
  }
}
