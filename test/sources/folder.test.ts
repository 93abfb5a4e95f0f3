import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { chartRevision, ociRevision } from '../../src/model/sources/remote-reference.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { openSource, type SourceUnderTest, sourceSpec } from './source-under-test.ts'
import { tarGzOf } from './tar-under-test.ts'

interface Scene {
  readonly folder: string
  put(name: string, version: string): Promise<void>
  open(type: 'helm' | 'oci', url: string): SourceUnderTest
}

async function withFolder(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('charts')
  let states = 0
  await body({
    folder: folder.path,
    put: async (name, version) => {
      const content = `name: ${name}\nversion: ${version}\n`
      await writeFile(
        join(folder.path, `${name}-${version}.tgz`),
        await tarGzOf([{ name: `${name}/Chart.yaml`, content }]),
      )
    },
    open: (type, url) => {
      states += 1
      return openSource(join(folder.path, `state-${states}`), sourceSpec(type, url, { chartFolder: folder.path }))
    },
  })
}

const REPOSITORY = 'https://charts.example.com/stable'

test('a folder of archives stands for a Helm repository, without any server', () =>
  withFolder(async ({ put, open }) => {
    for (const version of ['1.0.0', '1.4.2', '2.0.0-rc.1', '1.4.2+build']) await put('web', version)
    await put('web-extra', '9.0.0')
    await using source = open('helm', REPOSITORY)
    const chosen = async (version: string) => (await source.resolve(chartRevision('web', version))).commit
    assert.equal(await chosen('1.0.0'), '1.0.0')
    assert.match(await chosen('1.x'), /^1\.4\.2/)
    assert.match(await chosen(''), /^1\.4\.2/)
    assert.equal(await chosen('>=2.0.0-0'), '2.0.0-rc.1')
    assert.deepEqual(await source.files(chartRevision('web-extra', '*')), {
      'Chart.yaml': 'name: web-extra\nversion: 9.0.0\n',
    })
    await source.fails(chartRevision('web', '3.x'), 'GDE_SOURCE_VERSION', /the newest of 4 are/)
    await source.fails(chartRevision('../web', '1.0.0'), 'GDE_SOURCE_VERSION', /has no version/)
  }))

test('and for a repository of a registry, whose tags are the versions', () =>
  withFolder(async ({ put, open }) => {
    for (const version of ['1.0.0', '1.4.2+build', '2.0.0']) await put('web', version)
    await using source = open('oci', 'oci://registry.example.com/charts/web')
    const version = async (...args: Parameters<typeof ociRevision>) =>
      (await source.resolve(ociRevision(...args))).archive?.version
    assert.equal(await version({ type: 'version', version: '1.x' }), '1.4.2+build')
    assert.equal(await version({ type: 'tag', tag: '1.4.2_build' }), '1.4.2+build')
    assert.equal(await version({ type: 'semver', range: '>=1.0.0', filter: '^1\\.' }), '1.4.2+build')
    await source.fails('tag:3.0.0', 'GDE_SOURCE_VERSION', /has no tag "3\.0\.0"/)
    await source.fails(`sha256:${'0'.repeat(64)}`, 'GDE_SOURCE_VERSION', /by its digest/)
  }))

test('what is put there later is found by the next poll, and a folder that is gone is told', () =>
  withFolder(async ({ folder, put, open }) => {
    await put('web', '1.0.0')
    await using source = open('helm', REPOSITORY)
    const target = chartRevision('web', '*')
    assert.equal((await source.resolve(target)).commit, '1.0.0')
    await put('web', '1.1.0')
    await source.poll()
    assert.equal((await source.resolve(target)).commit, '1.1.0')
    await rm(join(folder, 'web-1.0.0.tgz'))
    await using gone = openSource(
      join(folder, 'state-gone'),
      sourceSpec('helm', REPOSITORY, { chartFolder: join(folder, 'gone') }),
    )
    await gone.fails(target, 'GDE_SOURCE_NOT_FOUND', /cannot be read: ENOENT/)
  }))
