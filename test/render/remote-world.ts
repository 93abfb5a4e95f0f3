import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { compareVersions, parseVersion, type Version } from '../../src/git/revisions/semver.ts'
import { parseConstraint } from '../../src/git/revisions/semver-constraint.ts'
import type { RemoteReference } from '../../src/model/sources/remote-reference.ts'
import type { RemotesNeeded, Rendering, RenderRemote, SourceTree } from '../../src/model/sources/rendering.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { toolPath } from '../tools/build.ts'
import { type RepositoryFile, type TestRepository, testRepository } from './test-repository.ts'

const run = promisify(execFile)

export type Files = Readonly<Record<string, RepositoryFile>>

/** Servers on 127.0.0.1 that the real programs fetch from, and the same as trees, as the exporter has them. */
export interface RemoteWorld extends AsyncDisposable {
  /** Of the files and the Helm repository, without a slash at its end. */
  readonly url: string
  /** A repository that the program clones from this URL. */
  repository(files: Files): Promise<{ readonly url: string; tag(name: string, files: Files): Promise<void> }>
  /** A file; its URL. */
  file(name: string, text: string): Promise<string>
  /** Packs a chart with the real helm into the repository at `url`. */
  publish(files: Files): Promise<void>
  /** Renders again with what was needed, until nothing is. */
  resolve(render: (remotes: readonly RenderRemote[]) => Rendering | RemotesNeeded): Promise<Rendering>
}

interface Published {
  readonly name: string
  readonly version: string
  readonly tree: SourceTree
}

export async function remoteWorld(): Promise<RemoteWorld> {
  const root = await mkdtemp(join(tmpdir(), 'gde-remote-'))
  const repositories: TestRepository[] = []
  const published: Published[] = []
  const files = createServer((request, response) => {
    readFile(join(root, new URL(request.url ?? '', 'http://localhost').pathname)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end('there is none'),
    )
  }).listen(0, '127.0.0.1')
  await once(files, 'listening')
  const url = `http://127.0.0.1:${portOf(files.address())}`
  const git = await startGitServer({ root: tmpdir() })
  const opened = async (): Promise<TestRepository> => {
    const made = await testRepository()
    repositories.push(made)
    return made
  }

  async function find(reference: RemoteReference): Promise<RenderRemote> {
    switch (reference.type) {
      case 'git':
        return { reference, tree: await treeOf(reference.url, reference.revision) }
      case 'file': {
        const response = await fetch(reference.url)
        const text = await response.text()
        if (!response.ok)
          return { reference, failure: { code: 'GDE_GIT_UNREACHABLE', message: `it answers ${response.status}` } }
        return { reference, tree: await (await opened()).commit({ file: text }) }
      }
      case 'helm': {
        assert.equal(reference.url.replace(/\/$/, ''), url)
        const fits = parseConstraint(reference.version || '*') ?? assert.fail(reference.version)
        const [newest] = published
          .filter(({ name, version }) => name === reference.chart && fits(versionOf(version)))
          .toSorted((one, other) => compareVersions(versionOf(other.version), versionOf(one.version)))
        return { reference, tree: newest?.tree ?? assert.fail(`no ${reference.chart} ${reference.version}`) }
      }
      case 'oci':
        return assert.fail('no registry is in this world')
      default:
        return reference satisfies never
    }
  }

  async function treeOf(cloned: string, revision: string): Promise<SourceTree> {
    const repository = repositories.find(({ folder }) => cloned === `${git.url}/${basename(folder)}/.git`)
    const { folder } = repository ?? assert.fail(`nobody made ${cloned}`)
    const wanted = revision === '' ? 'main' : revision
    const { stdout } = await run('git', ['-C', folder, 'rev-parse', `${wanted}^{commit}`, `${wanted}^{tree}`])
    const [commit = '', tree = ''] = stdout.split('\n')
    return { gitDirectory: join(folder, '.git'), commit, tree }
  }

  return {
    url,
    async repository(given) {
      const made = await opened()
      await made.commit(given)
      return {
        url: `${git.url}/${basename(made.folder)}/.git`,
        async tag(name, changed) {
          await run('git', ['-C', made.folder, 'checkout', '--quiet', '--detach'])
          await made.commit(changed)
          await run('git', ['-C', made.folder, 'tag', name])
          await run('git', ['-C', made.folder, 'checkout', '--quiet', 'main'])
        },
      }
    },
    async file(name, text) {
      await mkdir(dirname(join(root, name)), { recursive: true })
      await writeFile(join(root, name), text)
      return `${url}/${name}`
    },
    async publish(given) {
      const made = await opened()
      const tree = await made.commit(given)
      const folder = await mkdtemp(join(root, 'chart-'))
      await run('git', ['-C', made.folder, 'checkout-index', '--all', `--prefix=${folder}/`])
      const { stdout } = await run(toolPath('helm'), ['show', 'chart', folder])
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stdout)?.[1] ?? ''
      published.push({ name: field('name'), version: field('version'), tree })
      await run(toolPath('helm'), ['package', folder, '--destination', root])
      await rm(folder, { recursive: true })
      await run(toolPath('helm'), ['repo', 'index', root, '--url', url])
    },
    async resolve(render) {
      let remotes: readonly RenderRemote[] = []
      for (let rounds = 0; rounds < 10; rounds += 1) {
        const outcome = render(remotes)
        if (!('needs' in outcome)) return outcome
        remotes = [...remotes, ...(await Promise.all(outcome.needs.map(({ file: _file, ...need }) => find(need))))]
      }
      return assert.fail('it never ends')
    },
    async [Symbol.asyncDispose]() {
      files.closeAllConnections()
      files.close()
      await git.close()
      await Promise.all(repositories.map((one) => one.remove()))
      await rm(root, { recursive: true, force: true })
    },
  }
}

function versionOf(text: string): Version {
  return parseVersion(text) ?? assert.fail(text)
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : assert.fail('no address')
}
