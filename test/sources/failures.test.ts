import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import type { RepositorySpec } from '../../src/model/apps/inventory.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { artifactRevision } from '../../src/model/sources/remote-reference.ts'
import type { SourceLimits } from '../../src/sources/limits.ts'
import { type CertificateAuthority, createCertificateAuthority } from '../servers/certificate.ts'
import { type TemporaryFolder, temporaryFolder } from '../servers/folder.ts'
import { sha256 } from '../servers/registry.ts'
import { type StaticBehaviour, type StaticServer, startStaticServer } from '../servers/static-server.ts'
import { openSource, type SourceUnderTest, sourceSpec } from './source-under-test.ts'
import { tarGzOf } from './tar-under-test.ts'

/** Files as a Helm repository, a registry and Flux's server have them, which say what they are told to. */
let folder: TemporaryFolder
let server: StaticServer
let authority: CertificateAuthority
let archive: Buffer
let states = 0

before(async () => {
  folder = await temporaryFolder('failures')
  authority = createCertificateAuthority()
  const tls = authority.issue({ commonName: 'sources', hosts: ['127.0.0.1'] })
  server = await startStaticServer({ folder: folder.path, tls })
  archive = await tarGzOf([{ name: 'web/Chart.yaml', content: 'name: web\n' }])
  const digest = sha256(archive)
  const mediaType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'
  const manifest = JSON.stringify({ layers: [{ mediaType, digest, size: archive.length }] })
  const index = `entries:\n  web:\n  - version: 1.0.0\n    digest: ${digest.slice(7)}\n    urls: [web.tgz]\n`
  const files = {
    'charts/index.yaml': index,
    'charts/web.tgz': archive,
    'v2/web/manifests/1.0.0': manifest,
    [`v2/web/manifests/${sha256(Buffer.from(manifest))}`]: manifest,
    [`v2/web/blobs/${digest}`]: archive,
    'served/web.tgz': archive,
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true })
    await writeFile(join(folder.path, path), content)
  }
})
after(async () => {
  await server?.close()
  await folder?.close()
})

interface Source {
  readonly type: NonNullable<RepositorySpec['type']>
  readonly url: () => string
  readonly revision: () => string
}

const HELM: Source = { type: 'helm', url: () => `${server.url}/charts`, revision: () => 'web@1.0.0' }
const OCI: Source = {
  type: 'oci',
  url: () => server.url.replace('https:', 'oci:').concat('/web'),
  revision: () => '1.0.0',
}
const ARTIFACT: Source = {
  type: 'artifact',
  url: () => `${server.url}/served`,
  revision: () =>
    artifactRevision({
      type: 'artifact',
      file: 'web.tgz',
      digest: sha256(archive),
      revision: 'main@1',
      content: 'chart',
    }),
}

function open(
  { type, url }: Source,
  more: Partial<RepositorySpec> = {},
  limits: Partial<SourceLimits> = {},
): SourceUnderTest {
  states += 1
  const spec = sourceSpec(type, url(), { ca: authority.certificate, ...more })
  return openSource(join(folder.path, `state-${states}`), spec, { limits })
}

/** What goes wrong, and only there. */
async function failing(
  source: Source,
  place: RegExp,
  behaviour: StaticBehaviour,
  [code, message]: readonly [ErrorCode, RegExp],
  limits: Partial<SourceLimits> = {},
): Promise<void> {
  let asked = 0
  server.behaviour = (request, response) => {
    if (!place.test(`${request.method} ${request.url}`)) return undefined
    asked += 1
    return behaviour(request, response)
  }
  try {
    await using broken = open(source, {}, limits)
    await broken.fails(source.revision(), code, message)
    assert.ok(asked > 0)
  } finally {
    server.behaviour = undefined
  }
}

const PLACES = [
  { what: 'the index of a Helm repository', source: HELM, place: /index\.yaml/, absent: 'GDE_SOURCE_NOT_FOUND' },
  {
    what: 'a chart of a Helm repository',
    source: HELM,
    place: /web\.tgz/,
    absent: 'GDE_SOURCE_NOT_FOUND',
    isArchive: true,
  },
  { what: 'the tag of a registry', source: OCI, place: /^HEAD .*manifests/, absent: 'GDE_SOURCE_VERSION' },
  { what: 'a manifest of a registry', source: OCI, place: /^GET .*manifests/, absent: 'GDE_SOURCE_NOT_FOUND' },
  { what: 'a blob of a registry', source: OCI, place: /blobs/, absent: 'GDE_SOURCE_NOT_FOUND', isArchive: true },
  { what: 'an artifact of Flux', source: ARTIFACT, place: /web\.tgz/, absent: 'GDE_SOURCE_NOT_FOUND', isArchive: true },
] as const

const SMALL = { archiveBytes: 50_000, indexBytes: 50_000, documentBytes: 50_000 }

for (const { what, source, place, absent, ...rest } of PLACES) {
  test(`${what}: what the server answers is told apart`, async () => {
    const answers = [
      [401, 'GDE_SOURCE_AUTH', /401/],
      [403, 'GDE_SOURCE_AUTH', /403/],
      [404, absent, /web|404/],
      [429, 'GDE_SOURCE_UNREACHABLE', /asked too often/],
      [500, 'GDE_SOURCE_UNREACHABLE', /answers 500/],
      [418, 'GDE_SOURCE_PROTOCOL', /answers 418/],
    ] as const
    // Where a registry has no HEAD the manifest itself is asked for.
    for (const [status, code, message] of answers)
      if (status !== 418 || what !== 'the tag of a registry')
        await failing(source, place, (_request, response) => answered(response.writeHead(status)), [code, message])
  })

  test(`${what}: a server that is gone, slow, cuts or sends too much is told apart`, async () => {
    const gone: StaticBehaviour = (request) => {
      request.socket.destroy()
      return true
    }
    await failing(source, place, gone, ['GDE_SOURCE_UNREACHABLE', /ECONNRESET|UND_ERR_SOCKET/])
    await failing(source, place, () => true, ['GDE_TIMEOUT', /does not answer/], { idleMs: 300 })
    if (what === 'the tag of a registry') return
    const cut: StaticBehaviour = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half')
      setImmediate(() => response.destroy())
      return true
    }
    await failing(source, place, cut, ['GDE_SOURCE_UNREACHABLE', /127\.0\.0\.1/])
    const large: StaticBehaviour = (_request, response) => answered(response, Buffer.alloc(100_000, 'a'))
    await failing(source, place, large, ['GDE_TOO_LARGE', /more than 50000 bytes/], SMALL)
  })

  if ('isArchive' in rest)
    test(`${what}: other bytes than those of the digest are refused`, async () => {
      const other = await tarGzOf([{ name: 'web/Chart.yaml', content: 'name: another\n' }])
      const swapped: StaticBehaviour = (_request, response) => answered(response, other)
      await failing(source, place, swapped, ['GDE_SOURCE_DIGEST', /has the digest sha256:/])
    })
}

function answered(response: Parameters<StaticBehaviour>[1], body?: Buffer): true {
  response.end(body)
  return true
}

for (const [what, source] of Object.entries({
  'a Helm repository': HELM,
  'a registry': OCI,
  'Flux’s server': ARTIFACT,
}))
  test(`${what}: a certificate of somebody else is refused, and after all that it is read as ever`, async () => {
    await using stranger = open(source, { ca: '' })
    await stranger.fails(source.revision(), 'GDE_SOURCE_TLS', /127\.0\.0\.1/)
    await using known = open(source)
    assert.deepEqual(await known.files(source.revision()), { 'Chart.yaml': 'name: web\n' })
  })
