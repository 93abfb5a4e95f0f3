import assert from 'node:assert/strict'
import { type Git, openGit } from '../../src/git/git-service.ts'
import { createTreeOpener } from '../../src/git/objects/tree-reader.ts'
import type { RepositorySpec } from '../../src/model/apps/inventory.ts'
import { Confidential } from '../../src/model/confidential.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { CodedError } from '../../src/model/failure.ts'
import type { RepositoryStatus, Revision } from '../../src/model/sources/git.ts'
import type { RepositoryAddress } from '../../src/model/sources/repository-url.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import type { SourceLimits } from '../../src/sources/limits.ts'
import { createArchiveOpener } from '../../src/sources/source-types.ts'

export const SOURCE = 'source' as RepositoryId

export function sourceSpec(
  type: NonNullable<RepositorySpec['type']>,
  url: string,
  more: Partial<RepositorySpec> = {},
): RepositorySpec {
  return {
    id: SOURCE,
    type,
    url,
    fetchUrl: url as RepositoryAddress,
    credentials: { type: 'none' },
    pollIntervalSeconds: 3600,
    untrusted: false,
    ...more,
  }
}

export function basicCredentials(username: string, password: string): Pick<RepositorySpec, 'credentials'> {
  return { credentials: { type: 'basic', username, password: new Confidential(password) } }
}

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

export interface SourceUnderTest extends AsyncDisposable {
  readonly git: Git
  readonly statuses: readonly RepositoryStatus[]
  resolve(revision: string): Promise<Revision>
  /** All files of a revision, by their path. */
  files(revision: string): Promise<Readonly<Record<string, string>>>
  /** Polls, and waits until that is done. */
  poll(): Promise<RepositoryStatus>
  fails(revision: string, code: ErrorCode, message: RegExp): Promise<void>
}

export interface SourceUnderTestOptions {
  readonly limits?: Partial<SourceLimits>
  /** Unix milliseconds. */
  readonly now?: () => number
}

export function openSource(
  stateDirectory: string,
  spec: RepositorySpec,
  { limits = {}, now = Date.now }: SourceUnderTestOptions = {},
): SourceUnderTest {
  const statuses: RepositoryStatus[] = []
  const git = openGit({ stateDirectory, now, random: () => 0.5, openArchives: createArchiveOpener(limits) })
  git.onStatus((status) => statuses.push(status))
  git.configure([spec])
  const resolve = (revision: string) => git.resolve(SOURCE, revision, AbortSignal.timeout(60_000))
  return {
    git,
    statuses,
    resolve,
    files: async (revision) => filesOf(await resolve(revision)),
    poll: () =>
      new Promise((done) => {
        const stop = git.onStatus((status) => {
          stop()
          done(status)
        })
        git.poll(SOURCE)
      }),
    fails: (revision, code, message) =>
      assert.rejects(resolve(revision), (error) => {
        assert.ok(error instanceof CodedError, String(error))
        assert.equal(error.failure.code, code, error.message)
        assert.match(error.message, message)
        return true
      }),
    [Symbol.asyncDispose]: () => git.close(),
  }
}

export function filesOf({ tree }: Revision): Readonly<Record<string, string>> {
  const reader = createTreeOpener()(tree)
  const files: Record<string, string> = {}
  const collect = (path: string): void => {
    for (const entry of reader.list(path) ?? []) {
      const at = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.type === 'directory') collect(at)
      else files[at] = Buffer.from(reader.read(entry.oid, 1 << 30)).toString()
    }
  }
  collect('')
  return files
}
