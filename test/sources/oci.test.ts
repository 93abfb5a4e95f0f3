import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import type { RepositorySpec } from '../../src/model/apps/inventory.ts'
import { Confidential } from '../../src/model/confidential.ts'
import { ociRevision } from '../../src/model/sources/remote-reference.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { helm, writeChart } from '../servers/helm.ts'
import { type Registry, type RegistryOptions, sha256, startRegistry } from '../servers/registry.ts'
import { startStaticServer } from '../servers/static-server.ts'
import { skipWithout } from '../tools/build.ts'
import { basicCredentials, basicHeader, openSource, type SourceUnderTest, sourceSpec } from './source-under-test.ts'
import { tarGzOf, tarOf } from './tar-under-test.ts'

const skip = skipWithout('helm', 'registry')

interface Scene {
  readonly registry: Registry
  readonly folder: string
  /** Packages a chart and pushes it to `charts/`, by the real program. */
  publish(name: string, version: string, files?: Readonly<Record<string, string>>): Promise<void>
  open(name: string, more?: Partial<RepositorySpec>, options?: Parameters<typeof openSource>[2]): SourceUnderTest
}

async function withRegistry(options: RegistryOptions, body: (scene: Scene) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('oci')
  await using registry = await startRegistry(options)
  const ca = join(folder.path, 'ca.pem')
  await writeFile(ca, registry.ca)
  if (options.user !== undefined) {
    const { name, password } = options.user
    await helm(folder.path, ...['registry', 'login', registry.host, '-u', name, '-p', password, '--ca-file', ca])
  }
  let states = 0
  await body({
    registry,
    folder: folder.path,
    publish: async (name, version, files) => {
      const chart = await writeChart(folder.path, name, version, files)
      await mkdir(join(folder.path, 'packages'), { recursive: true })
      await helm(folder.path, 'package', chart, '--destination', join(folder.path, 'packages'))
      const packed = join(folder.path, 'packages', `${name}-${version}.tgz`)
      await helm(folder.path, 'push', packed, `oci://${registry.host}/charts`, '--ca-file', ca)
    },
    open: (name, more = {}, sourceOptions = {}) => {
      states += 1
      const spec = sourceSpec('oci', `oci://${registry.host}/${name}`, { ca: registry.ca, ...more })
      return openSource(join(folder.path, `state-${states}`), spec, sourceOptions)
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

const USER = { name: 'ada', password: 'password-of-ada' }
const FLUX_LAYER = 'application/vnd.cncf.flux.content.v1.tar+gzip'
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'

test(
  'a chart that helm pushed is what `helm pull --untar` gives: by a token, its blob from another host',
  { skip },
  () =>
    withRegistry({ user: USER, auth: 'token', redirectBlobs: true }, async ({ registry, folder, publish, open }) => {
      await publish('web', '1.2.3', { 'crds/a.yaml': 'a: 1\n' })
      await using source = open('charts/web', basicCredentials(USER.name, USER.password))
      const { commit, archive } = await source.resolve('1.2.3')
      const pull = [
        'pull',
        `oci://${registry.host}/charts/web`,
        '--version',
        '1.2.3',
        '--ca-file',
        join(folder, 'ca.pem'),
      ]
      const blobsBefore = registry.blobs?.requests.length ?? 0
      await helm(folder, ...pull, '--untar', '--untardir', join(folder, 'pulled'))
      assert.deepEqual(await source.files('1.2.3'), await filesBelow(join(folder, 'pulled/web')))
      assert.match(commit, /^sha256:[0-9a-f]{64}$/)
      assert.deepEqual(archive, { version: '1.2.3', digest: commit })
      const blobs = registry.blobs?.requests.slice(0, blobsBefore) ?? []
      assert.ok(blobs.length > 0)
      assert.ok(
        blobs.every(({ authorization }) => authorization === undefined),
        'the token went to the other host',
      )
      assert.ok(registry.tokenRequests.includes(basicHeader(USER.name, USER.password)))
    }),
)

test('who has no credentials is told so, and whoever may read anonymously needs none', { skip }, async () => {
  await withRegistry({ user: USER, auth: 'token' }, async ({ publish, open }) => {
    await publish('web', '1.2.3')
    await using nobody = open('charts/web')
    await nobody.fails('1.2.3', 'GDE_SOURCE_AUTH', /token answers 401/)
    await using wrong = open('charts/web', basicCredentials('ada', 'something-else'))
    await wrong.fails('1.2.3', 'GDE_SOURCE_AUTH', /token answers 401/)
  })
  await withRegistry({ user: USER, auth: 'token', anonymousRead: true }, async ({ publish, open }) => {
    await publish('web', '1.2.3')
    await using source = open('charts/web')
    assert.equal((await source.resolve('1.2.3')).archive?.version, '1.2.3')
  })
})

test('a password is sent where the registry asks for one, and a helper of docker has it as that of a cloud', {
  skip,
}, () => {
  const bcrypt = '$2y$04$abcdefghijklmnopqrstuuHsQ.1OustxhorXSbPh6LzsDzoBXuLSq'
  return withRegistry({ user: { ...USER, bcrypt }, auth: 'basic' }, async ({ registry, folder, publish, open }) => {
    await publish('web', '1.2.3')
    await using known = open('charts/web', basicCredentials(USER.name, USER.password))
    assert.equal((await known.resolve('1.2.3')).archive?.version, '1.2.3')
    await using nobody = open('charts/web')
    await nobody.fails('1.2.3', 'GDE_SOURCE_AUTH', /401/)
    const command = join(folder, 'docker-credential-cloud')
    const answer = JSON.stringify({ ServerURL: registry.host, Username: USER.name, Secret: USER.password })
    await writeFile(command, `#!/bin/sh\ntest "$1" = get && test "$(cat)" = ${registry.host} && echo '${answer}'\n`)
    await chmod(command, 0o700)
    const helper = { command: [command], protocol: 'docker', variables: ['PATH'] } as const
    await using cloud = open('charts/web', { credentials: { type: 'helper', helper } })
    assert.equal((await cloud.resolve('1.2.3')).archive?.version, '1.2.3')
  })
})

test('versions and ranges over tags are resolved as Helm resolves them, `+` being `_` in a tag', { skip }, () =>
  withRegistry({}, async ({ registry, folder, publish, open }) => {
    const versions = ['1.2.3', '1.2.10', '1.3.0+build.5', '2.0.0', '2.1.0-rc.1']
    for (const version of versions) await publish('web', version)
    await using source = open('charts/web')
    for (const range of [
      '',
      '*',
      '1.2.3',
      '1.2.*',
      '1.x',
      '~1.2.3',
      '^1.2.3',
      '>=1.0.0 <2',
      '1.3.0+build.5',
      '>=2.0.0-0',
    ]) {
      const shown = await helm(
        folder,
        ...['show', 'chart', `oci://${registry.host}/charts/web`, '--ca-file', join(folder, 'ca.pem')],
        ...(range === '' ? [] : ['--version', range]),
      )
      const expected = /^version: (.*)$/m.exec(shown)?.[1]
      const { archive } = await source.resolve(range)
      assert.equal(archive?.version, expected, `the range "${range}"`)
    }
    await source.fails(
      '3.x',
      'GDE_SOURCE_VERSION',
      /charts\/web has no version "3.x"; the newest of 5 are 2\.1\.0-rc\.1, 2\.0\.0, /,
    )
    await source.fails('4.0.0', 'GDE_SOURCE_VERSION', /has no tag "4\.0\.0"; the newest of 5 are/)
    await source.fails('no such tag', 'GDE_SOURCE_VERSION', /no tag has such a name/)
    const digest = (await source.resolve('1.2.3')).commit
    const pinned = await source.resolve(digest)
    assert.deepEqual(pinned.archive, { version: '', digest })
    await source.fails(`sha256:${'0'.repeat(64)}`, 'GDE_SOURCE_NOT_FOUND', /answers 404/)
  }),
)

test("Flux's references: tag, range with a filter, digest; its layer, and links left out", { skip }, () =>
  withRegistry({}, async ({ registry, open }) => {
    const artifact = async (content: string) => ({
      layers: [
        {
          mediaType: FLUX_LAYER,
          content: await tarGzOf([
            { name: './deploy/a.yaml', content },
            { name: 'l', type: 'symlink' as const, linkname: '/etc/passwd' },
          ]),
        },
        { mediaType: 'application/x-other+gzip', content: await tarGzOf([{ name: 'other.yaml', content }]) },
      ],
      annotations: { 'org.opencontainers.image.created': '2026-01-02T03:04:05Z' },
    })
    const digests = new Map<string, string>()
    for (const tag of ['latest', '1.0.0', '1.1.0-rc.1', '1.1.0-dev.1', '1.1.0_x', '1.0'])
      digests.set(tag, await registry.push('manifests/app', tag, await artifact(tag)))
    await using source = open('manifests/app', { oci: { reader: 'flux' } })
    const tagged = await source.resolve(ociRevision({ type: 'tag', tag: 'latest' }))
    assert.equal(tagged.commit, digests.get('latest'))
    assert.equal(tagged.commitTime, Date.parse('2026-01-02T03:04:05Z') / 1000)
    assert.deepEqual(await source.files('tag:latest'), { 'deploy/a.yaml': 'latest' })
    const range = async (text: string, filter: string) =>
      (await source.resolve(ociRevision({ type: 'semver', range: text, filter }))).archive?.version
    assert.equal(await range('*', ''), '1.0.0')
    assert.equal(await range('>=1.0.0-0', ''), '1.1.0-rc.1')
    assert.equal(await range('>=1.0.0-0', '.*-dev.*'), '1.1.0-dev.1')
    await source.fails(
      ociRevision({ type: 'semver', range: '*', filter: '(' }),
      'GDE_SOURCE_VERSION',
      /no regular expression/,
    )
    const pinned = ociRevision({ type: 'digest', digest: digests.get('1.0.0') ?? '' })
    assert.deepEqual(await source.files(pinned), { 'deploy/a.yaml': '1.0.0' })
    await using other = open('manifests/app', { oci: { reader: 'flux', layer: 'application/x-other+gzip' } })
    assert.deepEqual(await other.files('tag:latest'), { 'other.yaml': 'latest' })
    await using none = open('manifests/app', { oci: { reader: 'flux', layer: 'text/plain' } })
    await none.fails('tag:latest', 'GDE_SOURCE_ARCHIVE', /no layer of type text\/plain; its layers are application/)
    await using chart = open('manifests/app')
    await chart.fails('1.0.0', 'GDE_SOURCE_ARCHIVE', /holds no chart/)
  }),
)

test("Argo CD's sources: one layer, packed or not, a tag before a range, charts without their folder", { skip }, () =>
  withRegistry({}, async ({ registry, publish, open }) => {
    const entries = [{ name: 'a.yaml', content: 'a' }]
    const plain = { mediaType: 'application/vnd.oci.image.layer.v1.tar', content: await tarOf(entries) }
    const packed = { mediaType: OCI_LAYER, content: await tarGzOf(entries) }
    const note = { mediaType: 'text/plain', content: Buffer.from('a note') }
    const argocd = { oci: { reader: 'argocd' } } as const
    await registry.push('apps/one', '1.0.0', { layers: [note, plain] })
    const exact = await registry.push('apps/one', '1.x', { layers: [packed] })
    await using source = open('apps/one', argocd)
    assert.deepEqual(await source.files('1.0.0'), { 'a.yaml': 'a' })
    assert.equal((await source.resolve('1.x')).commit, exact)
    assert.equal((await source.resolve('^1')).archive?.version, '1.0.0')
    await registry.push('apps/two', '1', { layers: [plain, packed] })
    await registry.push('apps/two', '2', { layers: [note] })
    await registry.push('apps/two', '3', { layers: [{ ...packed, mediaType: 'application/x.tar+gzip' }] })
    await using two = open('apps/two', argocd)
    await two.fails('1', 'GDE_SOURCE_ARCHIVE', /several layers that Argo CD unpacks/)
    await two.fails('2', 'GDE_SOURCE_ARCHIVE', /no layer that Argo CD unpacks/)
    await two.fails('3', 'GDE_SOURCE_ARCHIVE', /no layer of a type that Argo CD allows/)
    await publish('web', '1.0.0')
    await using chart = open('charts/web', argocd)
    assert.ok('Chart.yaml' in (await chart.files('1.0.0')))
  }),
)

test('an index leads to what is for linux on amd64, or for any machine', { skip }, () =>
  withRegistry({}, async ({ registry, open }) => {
    const manifestOf = async (content: string, tag: string, platform?: object) => {
      const layers = [{ mediaType: FLUX_LAYER, content: await tarGzOf([{ name: 'a', content }]) }]
      const digest = await registry.push('apps/many', tag, { layers })
      return { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1, ...(platform && { platform }) }
    }
    const arm = await manifestOf('arm', 'arm', { os: 'linux', architecture: 'arm64' })
    const amd = await manifestOf('amd', 'amd', { os: 'linux', architecture: 'amd64' })
    const digest = await registry.pushIndex('apps/many', 'all', [arm, amd])
    await registry.pushIndex('apps/many', 'none', [arm])
    await using source = open('apps/many', { oci: { reader: 'flux' } })
    assert.equal((await source.resolve('tag:all')).commit, digest)
    assert.deepEqual(await source.files('tag:all'), { a: 'amd' })
    await source.fails('tag:none', 'GDE_SOURCE_ARCHIVE', /nothing for linux on amd64/)
  }),
)

test('a poll is one HEAD a tag, whatever the number of apps, and a moved tag counts up', { skip }, () =>
  withRegistry({}, async ({ registry, open }) => {
    const push = async (content: string) => {
      const layers = [{ mediaType: FLUX_LAYER, content: await tarGzOf([{ name: 'a', content }]) }]
      return registry.push('apps/one', 'main', { layers })
    }
    await push('1')
    await using source = open('apps/one', { oci: { reader: 'flux' } })
    const ask = () => Promise.all(Array.from({ length: 500 }, () => source.resolve('tag:main')))
    const before = registry.requests.length
    await ask()
    const asked = () => registry.requests.slice(before).map((line) => line.replace(/sha256:\w+/, 'DIGEST'))
    assert.deepEqual(asked(), [
      'HEAD /v2/apps/one/manifests/main 200',
      'GET /v2/apps/one/manifests/DIGEST 200',
      'GET /v2/apps/one/blobs/DIGEST 200',
    ])
    const same = await source.poll()
    await ask()
    assert.deepEqual(asked().slice(3), ['HEAD /v2/apps/one/manifests/main 200'])
    const digest = await push('2')
    const moved = await source.poll()
    assert.ok(moved.refsVersion > same.refsVersion)
    assert.equal((await source.resolve('tag:main')).commit, digest)
    assert.deepEqual(await source.files('tag:main'), { a: '2' })
  }),
)

test('tags are listed page by page, up to their limit', { skip }, () =>
  withRegistry({}, async ({ registry, open }) => {
    const layers = [{ mediaType: FLUX_LAYER, content: await tarGzOf([{ name: 'a', content: 'x' }]) }]
    for (let count = 0; count < 30; count += 1) await registry.push('apps/many', `1.0.${count}`, { layers })
    await using source = open('apps/many', { oci: { reader: 'flux' } })
    const range = ociRevision({ type: 'semver', range: '1.0.x', filter: '' })
    assert.equal((await source.resolve(range)).archive?.version, '1.0.29')
    await using limited = open('apps/many', { oci: { reader: 'flux' } }, { limits: { tags: 20 } })
    await limited.fails(range, 'GDE_TOO_LARGE', /more than 20 tags/)
  }),
)

test('after a restart without the registry what was known is answered', { skip }, () =>
  withRegistry({}, async ({ registry, folder, publish }) => {
    await publish('web', '1.0.0')
    const spec = sourceSpec('oci', `oci://${registry.host}/charts/web`, { ca: registry.ca })
    const state = join(folder, 'kept')
    const first = openSource(state, spec)
    const { tree } = await first.resolve('1.x')
    await first.git.close()
    await registry.close()
    await using second = openSource(state, spec)
    assert.equal((await second.resolve('1.x')).tree.tree, tree.tree)
    assert.equal(second.statuses.at(-1)?.failure?.code, 'GDE_SOURCE_UNREACHABLE')
    await second.fails('2.x', 'GDE_SOURCE_UNREACHABLE', /ECONNREFUSED/)
  }),
)

test('a Helm repository whose index names a registry is followed there, without its credentials', { skip }, () =>
  withRegistry({ user: USER, auth: 'token', anonymousRead: true }, async ({ registry, folder, publish }) => {
    await publish('web', '1.0.0')
    await using server = await startStaticServer({ folder: folder })
    const entry = `  - version: 1.0.0\n    urls:\n    - oci://${registry.host}/charts/web:1.0.0\n`
    await writeFile(join(folder, 'index.yaml'), `apiVersion: v1\nentries:\n  web:\n${entry}`)
    server.authorization = basicHeader('bob', 'password-of-bob')
    const spec = sourceSpec('helm', server.url, { ca: registry.ca, ...basicCredentials('bob', 'password-of-bob') })
    const before = registry.tokenRequests.length
    await using source = openSource(join(folder, 'state-index'), spec)
    assert.ok('Chart.yaml' in (await source.files('web@1.x')))
    assert.equal((await source.resolve('web@1.x')).commit, '1.0.0')
    assert.deepEqual(registry.tokenRequests.slice(before), [undefined])
  }),
)

test('a certificate of somebody else, and addresses that a resource may not name, are refused', { skip }, () =>
  withRegistry({}, async ({ registry, open }) => {
    await using stranger = open('charts/web', { ca: '' })
    await stranger.fails('1.0.0', 'GDE_SOURCE_TLS', /charts\/web/)
    await using tenant = open('charts/web', { untrusted: true })
    await tenant.fails('1.0.0', 'GDE_NOT_PERMITTED', /loopback/)
    await using plain = open('charts/web', { untrusted: true, plainHttp: true })
    await plain.fails('1.0.0', 'GDE_NOT_PERMITTED', /by http/)
    assert.equal(registry.requests.filter((line) => line.includes('charts')).length, 0)
  }),
)

test('a registry that lies about what it gives is not believed', async () => {
  await using folder = await temporaryFolder('registry-lies')
  await using server = await startStaticServer({ folder: folder.path })
  const layer = await tarGzOf([{ name: 'a', content: 'x' }])
  const manifest = Buffer.from(
    JSON.stringify({ layers: [{ mediaType: FLUX_LAYER, digest: sha256(layer), size: layer.length }] }),
  )
  let [headDigest, manifestBody, blobBody, status]: [string, Buffer, Buffer, number] = [
    sha256(manifest),
    manifest,
    layer,
    200,
  ]
  server.behaviour = (request, response) => {
    const { url = '', method } = request
    if (status !== 200) response.writeHead(status).end('{}')
    else if (method === 'HEAD') response.writeHead(200, { 'docker-content-digest': headDigest }).end()
    else if (url.includes('/manifests/')) response.end(manifestBody)
    else if (url.includes('/blobs/')) response.end(blobBody)
    else if (url.includes('/tags/'))
      response.writeHead(200, { link: '<https://other.example/v2/x>; rel="next"' }).end('{"tags":["1.0.0"]}')
    else response.writeHead(404).end()
    return true
  }
  let states = 0
  const open = () => {
    states += 1
    const spec = sourceSpec('oci', `oci://${server.url.slice('http://'.length)}/app`, {
      plainHttp: true,
      oci: { reader: 'flux' },
    })
    return openSource(join(folder.path, `state-${states}`), spec)
  }
  {
    await using source = open()
    assert.deepEqual(await source.files('tag:x'), { a: 'x' })
    await source.fails('semver::1.x', 'GDE_SOURCE_PROTOCOL', /next page on another host/)
  }
  for (const [change, code, message] of [
    [
      () => {
        blobBody = Buffer.from('other')
      },
      'GDE_SOURCE_DIGEST',
      /the layer of oci:.* has the digest/,
    ],
    [
      () => {
        manifestBody = Buffer.from('{"layers":[]}')
      },
      'GDE_SOURCE_DIGEST',
      /the manifest oci:/,
    ],
    [
      () => {
        headDigest = sha256(manifestBody)
      },
      'GDE_SOURCE_ARCHIVE',
      /no layer/,
    ],
    [
      () => {
        manifestBody = Buffer.from('<html>')
        headDigest = sha256(manifestBody)
      },
      'GDE_SOURCE_PROTOCOL',
      /no manifest/,
    ],
    [
      () => {
        headDigest = ''
        manifestBody = manifest
        blobBody = layer
        status = 429
      },
      'GDE_SOURCE_UNREACHABLE',
      /asked too often/,
    ],
    [
      () => {
        status = 500
      },
      'GDE_SOURCE_UNREACHABLE',
      /answers 500/,
    ],
    [
      () => {
        status = 403
      },
      'GDE_SOURCE_AUTH',
      /answers 403/,
    ],
    [
      () => {
        status = 401
      },
      'GDE_SOURCE_AUTH',
      /answers 401/,
    ],
    [
      () => {
        status = 404
      },
      'GDE_SOURCE_VERSION',
      /has no tag "x"/,
    ],
  ] as const) {
    change()
    await using source = open()
    await source.fails('tag:x', code, message)
  }
  // No digest in the answer to HEAD: the manifest itself is asked for.
  status = 200
  await using source = open()
  assert.deepEqual(await source.files('tag:x'), { a: 'x' })
})

test('an identity token is exchanged for tokens, and the wrong one is refused', { skip }, () => {
  const identityToken = 'a-refresh-token-of-the-registry'
  return withRegistry({ user: USER, auth: 'token', identityToken }, async ({ registry, publish, open }) => {
    await publish('web', '1.2.3')
    const before = registry.tokenRequests.length
    const withToken = (token: string): Partial<RepositorySpec> => ({
      credentials: { type: 'identityToken', token: new Confidential(token) },
    })
    await using source = open('charts/web', withToken(identityToken))
    assert.match((await source.resolve('1.2.3')).commit, /^sha256:/)
    assert.deepEqual(new Set(registry.tokenRequests.slice(before)), new Set([undefined]))
    await using refused = open('charts/web', withToken('of-somebody-else'))
    await refused.fails('1.2.3', 'GDE_SOURCE_AUTH', /401/)
  })
})
