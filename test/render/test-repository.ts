import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { SourceTree } from '../../src/model/sources/rendering.ts'

const run = promisify(execFile)

/** A file's content, or what a symlink leads to. */
export type RepositoryFile = string | Uint8Array | { readonly symlink: string }

/** A real Git repository in a temp folder, written with the git program. */
export interface TestRepository {
  readonly folder: string
  /** Writes the files (undefined removes one), commits, and gives the new tree. */
  commit(files?: Readonly<Record<string, RepositoryFile | undefined>>): Promise<SourceTree>
  /** Copies a folder of the file system into it; `commit` makes it count. */
  copy(from: string, to: string): Promise<void>
  remove(): Promise<void>
}

export async function testRepository(): Promise<TestRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'gde-render-'))
  const git = async (...args: readonly string[]): Promise<string> => {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'core.autocrlf=false']
    const { stdout } = await run('git', ['-C', folder, ...identity, ...args])
    return stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main')
  return {
    folder,
    async commit(files = {}) {
      for (const [name, content] of Object.entries(files)) {
        const path = join(folder, name)
        await rm(path, { recursive: true, force: true })
        if (content === undefined) continue
        await mkdir(dirname(path), { recursive: true })
        if (typeof content === 'object' && 'symlink' in content) await symlink(content.symlink, path)
        else await writeFile(path, content)
      }
      await git('add', '--all', '--force')
      await git('commit', '--quiet', '--allow-empty', '--message', 'change')
      const [commit = '', tree = ''] = (await git('rev-parse', 'HEAD', 'HEAD^{tree}')).split('\n')
      return { gitDirectory: join(folder, '.git'), commit, tree }
    },
    copy: (from, to) => cp(from, join(folder, to), { recursive: true, verbatimSymlinks: true }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
