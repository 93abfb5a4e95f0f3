import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { artifactRevision } from '../../src/model/sources/remote-reference.ts'
import { digestOf } from '../../src/sources/http/download.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type StaticServer, startStaticServer } from '../servers/static-server.ts'
import { openSource, type SourceUnderTest, sourceSpec } from './source-under-test.ts'
import { type TarEntry, tarGzOf } from './tar-under-test.ts'

interface Scene {
  readonly server: StaticServer
  /** The digest of what it serves now under the name. */
  serve(name: string, entries: readonly TarEntry[], algorithm?: string): Promise<string>
  open(): SourceUnderTest
}

async function withArtifacts(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('artifact')
  await using server = await startStaticServer({ folder: folder.path })
  await body({
    server,
    serve: async (name, entries, algorithm) => {
      const bytes = await tarGzOf(entries)
      await writeFile(join(folder.path, name), bytes)
      return digestOf(bytes, algorithm)
    },
    open: () => openSource(join(folder.path, 'state'), sourceSpec('artifact', server.url)),
  })
}

function revisionOf(digest: string, revision: string, more: { file?: string; content?: 'chart' } = {}): string {
  const { file = 'a.tar.gz', content = 'files' } = more
  return artifactRevision({ type: 'artifact', file, digest, revision, content })
}

const FILES = [
  { name: 'apps/', type: 'directory' },
  { name: 'apps/a.yaml', content: 'kind: A\n' },
] as const
const REVISION = `sha256:${'5'.repeat(64)}`

test('an artifact is a tree, called by its revision, and asked for once', () =>
  withArtifacts(async ({ server, serve, open }) => {
    const digest = await serve('a.tar.gz', FILES)
    await using source = open()
    const target = revisionOf(digest, REVISION)
    assert.deepEqual(await source.files(target), { 'apps/a.yaml': 'kind: A\n' })
    const { commit, archive } = await source.resolve(target)
    assert.deepEqual([commit, archive?.digest], [REVISION, digest])
    await source.poll()
    assert.equal(server.requests.length, 1)
    const again = await source.resolve(REVISION)
    assert.deepEqual([again.commit, again.tree.tree], [commit, (await source.resolve(target)).tree.tree])
    await source.fails(`sha256:${'6'.repeat(64)}`, 'GDE_SOURCE_VERSION', /is not known/)
  }))

test('revisions are called as those of Git and of registries', () =>
  withArtifacts(async ({ serve, open }) => {
    const digest = await serve('a.tar.gz', FILES)
    await using source = open()
    for (const [revision, commit] of [
      [`main@sha1:${'4'.repeat(40)}`, '4'.repeat(40)],
      [`latest@${REVISION}`, REVISION],
      ['v1.2.3', 'v1.2.3'],
    ] as const)
      assert.equal((await source.resolve(revisionOf(digest, revision))).commit, commit)
  }))

test('digests of all kinds that are checked are checked', () =>
  withArtifacts(async ({ serve, open }) => {
    await using source = open()
    for (const algorithm of ['sha256', 'sha384', 'sha512']) {
      const file = `${algorithm}.tar.gz`
      const digest = await serve(file, FILES, algorithm)
      await source.resolve(revisionOf(digest, algorithm, { file }))
      const other = `${digest.slice(0, -4)}0000`
      await source.fails(revisionOf(other, algorithm, { file }), 'GDE_SOURCE_DIGEST', /where sha\d+:/)
    }
    await source.fails(revisionOf(`blake3:${'1'.repeat(64)}`, 'b'), 'GDE_SOURCE_DIGEST', /is not checked: use sha256/)
  }))

test('what a controller would not unpack is refused, and so is a way to another host', () =>
  withArtifacts(async ({ server, serve, open }) => {
    await using source = open()
    const refused = async (file: string, entry: TarEntry, message: RegExp) => {
      const digest = await serve(file, [...FILES, entry])
      await source.fails(revisionOf(digest, file, { file }), 'GDE_SOURCE_ARCHIVE', message)
    }
    await refused('link.tar.gz', { name: 'b', type: 'symlink', linkname: 'apps/a.yaml' }, /it is a link/)
    await refused('up.tar.gz', { name: '../b', content: '' }, /no relative path/)
    const digest = await serve('a.tar.gz', FILES)
    server.behaviour = (_request, response) => {
      response.writeHead(302, { location: 'http://127.0.0.2:9/a.tar.gz' }).end()
      return true
    }
    await source.fails(revisionOf(digest, 'moved'), 'GDE_SOURCE_REDIRECT', /redirects to another host/)
  }))

test('of one that is gone the server says so', () =>
  withArtifacts(async ({ open }) => {
    await using source = open()
    await source.fails(revisionOf(REVISION, 'r', { file: 'gone.tar.gz' }), 'GDE_SOURCE_NOT_FOUND', /gone\.tar\.gz/)
  }))

test('a chart lies in a folder of its archive', () =>
  withArtifacts(async ({ serve, open }) => {
    const digest = await serve('c.tgz', [{ name: 'web/Chart.yaml', content: 'name: web\n' }])
    await using source = open()
    const target = revisionOf(digest, 'v1.0.0', { file: 'c.tgz', content: 'chart' })
    assert.deepEqual(await source.files(target), { 'Chart.yaml': 'name: web\n' })
  }))
