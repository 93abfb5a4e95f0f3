import assert from 'node:assert/strict'
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { RepositorySpec } from '../../src/model/apps/inventory.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { helm, writeChart } from '../servers/helm.ts'
import { type StaticServer, startStaticServer } from '../servers/static-server.ts'
import { skipWithout } from '../tools/build.ts'
import { basicCredentials, basicHeader, openSource, type SourceUnderTest, sourceSpec } from './source-under-test.ts'

const skip = skipWithout('helm')

interface Scene {
  readonly server: StaticServer
  readonly folder: string
  /** Packages a chart into the repository by the real program. */
  publish(name: string, version: string, files?: Readonly<Record<string, string>>): Promise<void>
  /** Has the real program write the index. */
  index(...args: readonly string[]): Promise<void>
  open(more?: Partial<RepositorySpec>, options?: Parameters<typeof openSource>[2]): SourceUnderTest
}

async function withRepository(body: (scene: Scene) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('helm')
  const charts = join(folder.path, 'charts')
  await mkdir(charts)
  const authority = createCertificateAuthority()
  const tls = authority.issue({ commonName: 'charts', hosts: ['127.0.0.1'] })
  await using server = await startStaticServer({ folder: folder.path, tls })
  let states = 0
  await body({
    server,
    folder: folder.path,
    publish: async (name, version, files) => {
      const chart = await writeChart(folder.path, name, version, files)
      await helm(folder.path, 'package', chart, '--destination', charts)
    },
    index: async (...args) => {
      await helm(folder.path, 'repo', 'index', charts, ...args)
    },
    open: (more = {}, options = {}) => {
      states += 1
      const spec = sourceSpec('helm', `${server.url}/charts`, { ca: authority.certificate, ...more })
      return openSource(join(folder.path, `state-${states}`), spec, options)
    },
  })
}

async function filesBelow(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files: Record<string, string> = {}
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name)
    files[relative(folder, path)] = await readFile(path, 'utf8')
  }
  return files
}

test('the tree of a chart is what `helm pull --untar` gives', { skip }, () =>
  withRepository(async ({ folder, server, publish, index, open }) => {
    await publish('web', '1.2.3', {
      'templates/tests/a.yaml': 'a: 1\n',
      'crds/b.yaml': 'b: 1\n',
      '.helmignore': '*.txt\n',
      'n.txt': '',
    })
    await index()
    await using source = open()
    const { commit, archive } = await source.resolve('web@1.2.3')
    assert.equal(commit, '1.2.3')
    assert.equal(archive?.version, '1.2.3')
    const pull = ['pull', `${server.url}/charts/web-1.2.3.tgz`, '--insecure-skip-tls-verify', '--untar']
    await helm(folder, ...pull, '--untardir', join(folder, 'pulled'))
    const files = await source.files('web@1.2.3')
    assert.deepEqual(files, await filesBelow(join(folder, 'pulled/web')))
    assert.ok('crds/b.yaml' in files && !('n.txt' in files))
  }),
)

test('versions and ranges are resolved as Helm resolves them', { skip }, () =>
  withRepository(async ({ folder, server, publish, index, open }) => {
    for (const version of ['1.2.3', '1.2.10', '1.3.0', '2.0.0', '2.1.0-rc.1', '10.0.0-beta.1'])
      await publish('web', version)
    await index()
    await using source = open()
    const ranges = [
      '',
      '*',
      '1.2.3',
      '1.2',
      '1.2.*',
      '1.x',
      '~1.2.3',
      '^1.2.3',
      '>=1.0.0 <2',
      '>1 || 3',
      '>=2.0.0-0',
      '2.1.0-rc.1',
      'v1.3.0',
    ]
    for (const range of ranges) {
      const shown = await helm(
        folder,
        ...['show', 'chart', 'web', '--repo', `${server.url}/charts`, '--insecure-skip-tls-verify'],
        ...(range === '' ? [] : ['--version', range]),
      )
      const expected = /^version: (.*)$/m.exec(shown)?.[1]
      assert.equal((await source.resolve(`web@${range}`)).commit, expected, `the range "${range}"`)
    }
    await source.fails(
      'web@3.x',
      'GDE_SOURCE_VERSION',
      /web of https:.* has no version "3.x"; the newest of 6 are 10.0.0-beta.1, 2.1.0-rc.1, 2.0.0, 1.3.0, 1.2.10/,
    )
    await source.fails('web@latest please', 'GDE_SOURCE_VERSION', /no range either/)
    await source.fails('wep@1.2.3', 'GDE_CHART_UNKNOWN', /has no chart "wep"; did you mean "web"\?/)
  }),
)

test('an index in YAML and in JSON, with absolute and relative URLs, packed and not, says the same', { skip }, () =>
  withRepository(async ({ folder, server, publish, index, open }) => {
    await publish('web', '1.0.0')
    await publish('api', '2.0.0')
    const path = join(folder, 'charts/index.yaml')
    const trees = new Set<string>()
    for (const args of [
      [],
      ['--json'],
      ['--url', `${server.url}/charts`],
      ['--url', `${server.url}/charts`, '--json'],
    ]) {
      await rm(path, { force: true })
      await index(...args)
      await using source = open()
      trees.add((await source.resolve('web@1.0.0')).tree.tree)
      assert.equal((await source.resolve('api@^2')).commit, '2.0.0')
      await source.fails('other@1', 'GDE_CHART_UNKNOWN', /other/)
    }
    server.behaviour = async (request, response) => {
      if (!request.url?.endsWith('index.yaml')) return undefined
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(await readFile(path)))
      return true
    }
    await using packed = open()
    trees.add((await packed.resolve('web@1.0.0')).tree.tree)
    assert.equal(trees.size, 1)
  }),
)

test('what no tool writes is left to the parser', { skip }, () =>
  withRepository(async ({ folder, publish, index, open }) => {
    await publish('web', '1.0.0')
    await index()
    const forms = [
      'apiVersion: v1\nentries: {web: [{version: 1.0.0, urls: [web-1.0.0.tgz]}]}\n',
      'apiVersion: v1\nentries:\n  web:\n  - &a\n    version: 1.0.0\n    urls: &u [web-1.0.0.tgz]\n  other:\n  - version: 1.0.0\n    urls: *u\n',
      '# c\n---\napiVersion: v1\nentries:\n    "web":\n        # older\n\n        -   name: web\n            urls:\n              - web-1.0.0.tgz\n            version: "1.0.0"\n    empty: []\ngenerated: x\n',
      'apiVersion: v1\r\nentries:\r\n  web:\r\n  - urls:\r\n    - web-1.0.0.tgz\r\n    version: 1.0.0\r\n',
      'entries:\n  web:\n  - version: 1.0.0\n    description: |\n      version: 9.9.9\n\n      - version: 8.8.8\n    urls: [web-1.0.0.tgz]\n',
    ]
    for (const form of forms) {
      await writeFile(join(folder, 'charts/index.yaml'), form)
      await using source = open()
      assert.equal((await source.resolve('web@*')).commit, '1.0.0', form)
    }
    for (const [form, message] of [
      ['<html>sign in</html>', /no entries|no YAML/],
      ['{"entries": {"web": [', /no YAML/],
      ['entries: [a]\n', /no entries/],
      ['a: b\n', /no entries/],
      ['', /no entries/],
    ] as const) {
      await writeFile(join(folder, 'charts/index.yaml'), form)
      await using source = open()
      await source.fails('web@*', 'GDE_SOURCE_INDEX', message)
    }
  }),
)

test('a digest that the index does not have is refused, and nothing of the chart is used', { skip }, () =>
  withRepository(async ({ folder, publish, index, open }) => {
    await publish('web', '1.0.0')
    await publish('web', '2.0.0')
    await index()
    await copyFile(join(folder, 'charts/web-2.0.0.tgz'), join(folder, 'charts/web-1.0.0.tgz'))
    await using source = open()
    await source.fails('web@1.0.0', 'GDE_SOURCE_DIGEST', /web-1\.0\.0\.tgz has the digest sha256:.* where sha256:/)
    assert.equal((await source.resolve('web@2.0.0')).commit, '2.0.0')
    await rm(join(folder, 'charts/web-2.0.0.tgz'))
    await publish('web', '3.0.0')
    await index()
    await rm(join(folder, 'charts/web-3.0.0.tgz'))
    await source.poll()
    await source.fails('web@3.0.0', 'GDE_SOURCE_NOT_FOUND', /web-3\.0\.0\.tgz answers 404/)
  }),
)

test('credentials go to the host of the repository alone, unless they are to be passed on', { skip }, () =>
  withRepository(async ({ folder, server, publish, index, open }) => {
    await using other = await startStaticServer({ folder })
    await publish('web', '1.0.0')
    await index('--url', `${other.url}/charts`)
    server.authorization = basicHeader('ada', 'password-of-ada')
    const credentials = basicCredentials('ada', 'password-of-ada')
    await using anonymous = open()
    await anonymous.fails('web@1.0.0', 'GDE_SOURCE_AUTH', /index\.yaml answers 401/)
    await using kept = open(credentials)
    await kept.resolve('web@1.0.0')
    assert.deepEqual(
      other.requests.map(({ authorization }) => authorization),
      [undefined],
    )
    await using passed = open({ ...credentials, passCredentials: true })
    await passed.resolve('web@1.0.0')
    assert.equal(other.requests.at(-1)?.authorization, server.authorization)
  }),
)

test('1,000 who ask for 60 charts cost 61 requests, and a poll one', { skip }, () =>
  withRepository(async ({ folder, server, publish, open }) => {
    await publish('web', '1.0.0')
    const charts = Array.from({ length: 60 }, (_, index) => `chart-${index}`)
    const entry = (name: string) =>
      `  ${name}:\n  - version: 1.0.0\n    urls:\n    - web-1.0.0.tgz?chart=${name}\n    created: "2026-01-02T03:04:05Z"\n`
    await writeFile(join(folder, 'charts/index.yaml'), `apiVersion: v1\nentries:\n${charts.map(entry).join('')}`)
    await using source = open()
    const asked = Array.from({ length: 1000 }, (_, index) => source.resolve(`${charts[index % 60]}@^1`))
    const revisions = await Promise.all(asked)
    assert.equal(revisions[7]?.commitTime, Date.parse('2026-01-02T03:04:05Z') / 1000)
    assert.equal(server.requests.length, 61)
    const { refsVersion } = await source.poll()
    await Promise.all(Array.from({ length: 1000 }, (_, index) => source.resolve(`${charts[index % 60]}@^1`)))
    assert.equal(server.requests.length, 62)
    assert.equal(server.requests.at(-1)?.status, 304)
    // What nobody asked for does not move anything.
    await writeFile(
      join(folder, 'charts/index.yaml'),
      `apiVersion: v1\nentries:\n${[...charts, 'new'].map(entry).join('')}`,
    )
    assert.equal((await source.poll()).refsVersion, refsVersion)
  }),
)

test('a version that was published a moment ago is found without waiting for the next poll', { skip }, () =>
  withRepository(async ({ publish, index, open }) => {
    let now = Date.now()
    await publish('web', '1.0.0')
    await index()
    await using source = open({}, { now: () => now })
    await source.fails('web@1.1.0', 'GDE_SOURCE_VERSION', /newest of 1 are 1\.0\.0/)
    await publish('web', '1.1.0')
    await index()
    await source.fails('web@1.1.0', 'GDE_SOURCE_VERSION', /newest of 1 are 1\.0\.0/)
    now += 11_000
    assert.equal((await source.resolve('web@1.1.0')).commit, '1.1.0')
  }),
)

test('after a restart without the server what was known is answered', { skip }, () =>
  withRepository(async ({ folder, server, publish, index }) => {
    await publish('web', '1.0.0')
    await index()
    const spec = sourceSpec('helm', `${server.url}/charts`, { insecureSkipVerify: true })
    const state = join(folder, 'kept')
    const first = openSource(state, spec)
    const { tree } = await first.resolve('web@1.x')
    await first.git.close()
    const before = server.requests.length
    const second = openSource(state, spec)
    assert.equal((await second.resolve('web@1.x')).tree.tree, tree.tree)
    assert.deepEqual(
      server.requests.slice(before).map(({ status }) => status),
      [304],
    )
    await second.git.close()
    await server.close()
    await using third = openSource(state, spec)
    assert.equal((await third.resolve('web@1.x')).tree.tree, tree.tree)
    assert.equal(third.statuses.at(-1)?.failure?.code, 'GDE_SOURCE_UNREACHABLE')
  }),
)

test('an index with 100,000 versions of 53 MB is read without being in memory', { skip }, () =>
  withRepository(async ({ folder, publish, index, open }) => {
    await publish('web', '1.0.0')
    await index()
    const filler = `    description: ${'a word or two '.repeat(29)}\n    home: https://example.com\n    keywords: [a, b]\n`
    const versions = Array.from({ length: 100_000 }, (_, count) => {
      const url = count === 77_777 ? 'web-1.0.0.tgz' : `https://example.com/web-${count}.tgz`
      return `  - apiVersion: v2\n${filler}    urls:\n    - ${url}\n    version: 1.0.${count}\n`
    })
    await writeFile(join(folder, 'charts/index.yaml'), `apiVersion: v1\nentries:\n  web:\n${versions.join('')}`)
    assert.ok((await stat(join(folder, 'charts/index.yaml'))).size > 50e6)
    await using source = open()
    const revision = await source.resolve('web@1.0.77777')
    assert.equal(revision.commit, '1.0.77777')
    await source.fails('web@2', 'GDE_SOURCE_VERSION', /newest of 100000 are 1\.0\.99999, /)
    await using small = open({}, { limits: { indexBytes: 1 << 20 } })
    await small.fails('web@1.0.0', 'GDE_TOO_LARGE', /index\.yaml sends more than/)
  }),
)

test('a chart of 100 MB is given up at the limit', { skip }, () =>
  withRepository(async ({ folder, open }) => {
    await writeFile(join(folder, 'charts/index.yaml'), 'entries:\n  web:\n  - version: 1.0.0\n    urls: [web.tgz]\n')
    await writeFile(join(folder, 'charts/web.tgz'), Buffer.alloc((100 << 20) + 1))
    await using source = open()
    await source.fails('web@1.0.0', 'GDE_TOO_LARGE', /web\.tgz sends more than 104857600 bytes/)
  }),
)
