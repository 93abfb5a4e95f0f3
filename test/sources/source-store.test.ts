import assert from 'node:assert/strict'
import { open, readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openGit } from '../../src/git/git-service.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import { createArchiveOpener } from '../../src/sources/source-types.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startRegistry } from '../servers/registry.ts'
import { startStaticServer } from '../servers/static-server.ts'
import { skipWithout } from '../tools/build.ts'
import { filesOf, openSource, SOURCE, sourceSpec } from './source-under-test.ts'
import { tarGzOf } from './tar-under-test.ts'

const chartOf = (content: string) =>
  tarGzOf([
    { name: 'web/Chart.yaml', content: 'name: web\n' },
    { name: 'web/values.yaml', content },
  ])

async function packsOf(state: string): Promise<readonly string[]> {
  const [name = ''] = await readdir(join(state, 'git'))
  const folder = join(state, 'git', name, 'objects/pack')
  return (await readdir(folder)).filter((one) => one.endsWith('.pack')).map((one) => join(folder, one))
}

async function withCharts(
  body: (scene: { url: string; state: string; requests: () => number }) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder('store')
  await using server = await startStaticServer({ folder: folder.path })
  const versions = ['1.0.0', '2.0.0', '3.0.0']
  const entries = versions.map((version) => `  - version: ${version}\n    urls: [web-${version}.tgz]\n`)
  await writeFile(join(folder.path, 'index.yaml'), `entries:\n  web:\n${entries.join('')}`)
  for (const version of versions)
    await writeFile(join(folder.path, `web-${version}.tgz`), await chartOf(`${version} ${'x'.repeat(4000)}`))
  await body({ url: server.url, state: join(folder.path, 'state'), requests: () => server.requests.length })
}

test('a tree whose file was cut or changed is fetched again', () =>
  withCharts(async ({ url, state, requests }) => {
    await using source = openSource(state, sourceSpec('helm', url))
    const files = await source.files('web@1.0.0')
    const [pack = ''] = await packsOf(state)
    await truncate(pack, 100)
    assert.deepEqual(await source.files('web@1.0.0'), files)
    const before = requests()
    {
      await using file = await open(pack, 'r+')
      await file.write(Buffer.from([0xff, 0xff, 0xff]), 0, 3, 40)
    }
    const version = source.statuses.at(-1)?.refsVersion ?? 0
    const moved = new Promise<void>((done) => {
      const stop = source.git.onStatus((status) => {
        if (status.refsVersion === version) return
        stop()
        done()
      })
    })
    source.git.verify(SOURCE)
    await moved
    assert.deepEqual(await source.files('web@1.0.0'), files)
    // The index, and the chart.
    assert.equal(requests() - before, 2)
  }))

test('what is damaged while nobody runs is noticed at the next start', () =>
  withCharts(async ({ url, state }) => {
    const first = openSource(state, sourceSpec('helm', url))
    const files = await first.files('web@1.0.0')
    await first.git.close()
    const [pack = ''] = await packsOf(state)
    const [name = ''] = await readdir(join(state, 'git'))
    {
      await using file = await open(pack, 'r+')
      await file.write(Buffer.from([0xff, 0xff, 0xff]), 0, 3, 40)
    }
    const second = openSource(state, sourceSpec('helm', url))
    assert.deepEqual(await second.files('web@1.0.0'), files)
    await second.git.close()
    await writeFile(join(state, 'git', name, 'mirror.json'), '{"archives": 1')
    await using third = openSource(state, sourceSpec('helm', url))
    assert.deepEqual(await third.files('web@1.0.0'), files)
    assert.equal((await packsOf(state)).length, 1)
  }))

test('above its cap a source lets go of what was not used for longest, and of nothing that was used just now', () =>
  withCharts(async ({ url, state }) => {
    let now = Date.now()
    await using source = openSource(state, sourceSpec('helm', url), { now: () => now, limits: { storeBytes: 500 } })
    await source.resolve('web@1.0.0')
    await source.resolve('web@2.0.0')
    assert.equal((await packsOf(state)).length, 2)
    now += 2 * 3600_000
    await source.resolve('web@2.0.0')
    await source.resolve('web@3.0.0')
    assert.equal((await packsOf(state)).length, 2)
    assert.match((await source.files('web@1.0.0'))['values.yaml'] ?? '', /^1\.0\.0/)
  }))

test('1,000 who ask for 60 charts of a registry cost 60 requests an interval', {
  skip: skipWithout('registry'),
}, async () => {
  await using folder = await temporaryFolder('kind')
  await using registry = await startRegistry()
  const layer = { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', content: await chartOf('a: 1\n') }
  const names = Array.from({ length: 60 }, (_, index) => `charts/chart-${index}`)
  for (const name of names) await registry.push(name, '1.0.0', { layers: [layer] })
  const specs = names.map((name) => ({
    ...sourceSpec('oci', `oci://${registry.host}/${name}`, { ca: registry.ca }),
    id: name as RepositoryId,
  }))
  const git = openGit({
    stateDirectory: folder.path,
    now: Date.now,
    random: () => 0.5,
    openArchives: createArchiveOpener(),
  })
  try {
    git.configure(specs)
    const before = registry.requests.length
    const ask = () =>
      Promise.all(
        Array.from({ length: 1000 }, (_, index) =>
          git.resolve(specs[index % 60]?.id ?? SOURCE, '1.0.0', AbortSignal.timeout(60_000)),
        ),
      )
    const [first] = await ask()
    assert.ok(first !== undefined && 'Chart.yaml' in filesOf(first))
    const counts = () =>
      Object.entries(Object.groupBy(registry.requests.slice(before), (line) => line.split(' ')[0] ?? ''))
        .map(([method, lines]) => `${method} ${lines?.length}`)
        .sort()
    assert.deepEqual(counts(), ['GET 120', 'HEAD 60'])
    let waiting = 60
    const polled = new Promise<void>((done) => {
      git.onStatus(() => {
        waiting -= 1
        if (waiting === 0) done()
      })
    })
    for (const { id } of specs) git.poll(id)
    await polled
    await ask()
    assert.deepEqual(counts(), ['GET 120', 'HEAD 120'])
  } finally {
    await git.close()
  }
})
