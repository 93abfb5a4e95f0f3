import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Agent, request } from 'undici'
import { type BuiltImage, buildImage, sizeText } from '../../build/image/build-image.ts'
import { sha256 } from '../../build/image/layer.ts'
import { pushImage } from '../../build/image/push.ts'
import { makeDemoFixture } from '../../src/commands/demo/demo-fixture.ts'
import { isJsonObject, type Json } from '../../src/model/json.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at, listAt } from '../servers/http-json.ts'
import { startRegistry } from '../servers/registry.ts'
import { run } from '../servers/run.ts'
import { skipWithout } from '../tools/build.ts'

/** In CI a machine without it is a failure. */
const skip = process.env.CI === undefined && !existsSync('/usr/bin/apt-get') ? 'the image is made on Debian' : false

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let built: BuiltImage
before(async () => {
  folder = await temporaryFolder('image')
  if (skip === false) built = await buildImage(join(folder.path, 'oci'))
})
after(() => folder.close())

async function read(path: string): Promise<Json> {
  return JSON.parse(await readFile(join(folder.path, 'oci', path), 'utf8'))
}

test('the layout is what its digests say, without a container engine', { skip }, async (t) => {
  t.diagnostic(sizeText(built.image).trim().replaceAll('\n', ';'))
  const [named = null, ...attached] = listAt(await read('index.json'), 'manifests')
  assert.equal(at(named, 'annotations', 'org.opencontainers.image.ref.name'), built.image.reference)
  assert.equal(at(named, 'digest'), built.image.manifest.digest)
  assert.deepEqual(
    attached.map((one) => at(one, 'artifactType')),
    ['application/spdx+json', 'application/vnd.in-toto+json'],
  )
  for (const [digest, blob] of built.image.blobs) {
    const stored = await readFile(join(folder.path, 'oci/blobs/sha256', digest.slice('sha256:'.length)))
    assert.equal(sha256(stored), digest)
    assert.equal(stored.length, blob.length)
  }
})

test('the same commit gives the same digest', { skip }, async () => {
  const again = await buildImage(join(folder.path, 'again'))
  assert.equal(again.image.manifest.digest, built.image.manifest.digest)
  assert.deepEqual(
    again.attached.map(({ manifest }) => manifest.digest),
    built.attached.map(({ manifest }) => manifest.digest),
  )
})

test('the SBOM names what is in the image, the provenance what it was made from', { skip }, async () => {
  const sbom = await read('sbom.spdx.json')
  assert.equal(at(sbom, 'spdxVersion'), 'SPDX-2.3')
  const packages = listAt(sbom, 'packages')
  const names = packages.map((one) => at(one, 'name'))
  for (const name of [
    'gitops-drift-exporter',
    'fastify',
    'libc6',
    'node',
    'helm.sh/helm/v4',
    'sigs.k8s.io/kustomize/api',
  ])
    assert.ok(names.includes(name), name)
  const ids = packages.map((one) => at(one, 'SPDXID'))
  assert.equal(new Set(ids).size, ids.length)
  for (const relationship of listAt(sbom, 'relationships'))
    assert.ok(ids.includes(at(relationship, 'relatedSpdxElement') ?? null))
  const provenance = await read('provenance.json')
  assert.equal(at(provenance, 'predicateType'), 'https://slsa.dev/provenance/v1')
  const [subject = null] = listAt(provenance, 'subject')
  assert.equal(`sha256:${at(subject, 'digest', 'sha256')}`, built.image.manifest.digest)
  const sources = listAt(provenance, 'predicate', 'buildDefinition', 'resolvedDependencies')
  assert.match(String(at(sources[0], 'digest', 'gitCommit')), /^[0-9a-f]{40}$/)
  assert.ok(sources.some((one) => String(at(one, 'uri')).startsWith('pkg:deb/debian/libc6@')))
})

test('a registry takes it with what is attached', {
  skip: skip === false ? skipWithout('registry') : skip,
}, async (t) => {
  const user = { name: 'robot', password: 'of this test' }
  await t.test('a registry without a login has the image by its tag', async () => {
    await using registry = await startRegistry()
    const repository = `${registry.host}/platform/exporter`
    await pushImage(built.image, built.attached, { repository, tag: '1.2.3', ca: registry.ca })
    const dispatcher = new Agent({ connect: { ca: registry.ca } })
    try {
      const get = async (path: string): Promise<Buffer> => {
        const { statusCode, body } = await request(`https://${registry.host}/v2/platform/exporter/${path}`, {
          dispatcher,
          headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
        })
        const bytes = Buffer.from(await body.arrayBuffer())
        assert.equal(statusCode, 200, bytes.toString())
        return bytes
      }
      const manifest = await get('manifests/1.2.3')
      assert.equal(sha256(manifest), built.image.manifest.digest)
      for (const { manifest: attached } of built.attached) {
        const one: Json = JSON.parse((await get(`manifests/${attached.digest}`)).toString())
        assert.equal(at(one, 'subject', 'digest'), built.image.manifest.digest)
      }
      const layers = listAt(JSON.parse(manifest.toString()), 'layers')
      for (const layer of layers) assert.equal(sha256(await get(`blobs/${at(layer, 'digest')}`)), at(layer, 'digest'))
    } finally {
      await dispatcher.close()
    }
  })
  await t.test('one with a token server has it from whoever may write', async () => {
    await using registry = await startRegistry({ user, auth: 'token' })
    const login = { username: user.name, password: user.password }
    await pushImage(built.image, [], { repository: `${registry.host}/exporter`, tag: 'x', ca: registry.ca, login })
    assert.ok(registry.requests.some((line) => line === 'PUT /v2/exporter/manifests/x 201'))
  })
  await t.test('without a login it says what to do', async () => {
    await using registry = await startRegistry({ user, auth: 'token' })
    const options = { repository: `${registry.host}/platform/exporter`, tag: 'x', ca: registry.ca }
    await assert.rejects(pushImage(built.image, [], options), /REGISTRY_USERNAME/)
  })
})

/** A root as the kubelet gives one: read-only, /tmp and the state writable, nobody's user. */
const IN_ROOT = `set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
mount --bind "$2" "$1/etc/gitops-drift-exporter"
shift 2
exec env "$@"`

/** Whether mounts may be made here, which takes root's own rights. */
async function mayMount(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  return (await run('unshare', ['--mount', 'true'], { accept: [0, 1] })).code === 0
}

test('unpacked, it judges the demo as nobody on a read-only root', {
  skip: skip !== false ? skip : (await mayMount()) ? false : 'mounts need root here',
}, async () => {
  const root = join(folder.path, 'root')
  await mkdir(root)
  for (const [index, { content }] of built.image.layers.entries()) {
    const layer = join(folder.path, `layer-${index}.tar.gz`)
    await writeFile(layer, content)
    await run('tar', ['--extract', '--same-owner', '--same-permissions', '--file', layer, '--directory', root])
  }
  const config = JSON.parse(configOf().toString())
  assert.ok(isJsonObject(config))
  const [program = '', ...entry] = listAt(config, 'config', 'Entrypoint').map(String)
  const fixture = await makeDemoFixture({ metrics: 0, pages: 0 })
  // The allocator that is loaded first tells of itself at the end.
  const environment = listAt(config, 'config', 'Env').map((one) =>
    String(one).replace(/^MALLOC_CONF=.*/, '$&,stats_print:true'),
  )
  const started = ['/usr/sbin/chroot', '--userspec=65532:65532', root, `/usr/local/bin/${program}`, ...entry]
  const inRoot = (...args: readonly string[]) =>
    run('unshare', ['--mount', 'sh', '-c', IN_ROOT, 'sh', root, fixture.folder, ...environment, ...started, ...args], {
      accept: [0, 1, 2],
    })
  try {
    // The demo is the reader's, as a mounted config is.
    await run('chmod', ['-R', 'a+rX', fixture.folder])
    const version = await inRoot('version')
    assert.match(version.stdout, /^gitops-drift-exporter \d/, version.stderr)
    assert.match(version.stderr, /Begin jemalloc statistics/)
    assert.match(version.stderr, /opt\.background_thread: true/)
    // That chroot itself, a program of this machine, may not have it is no fault.
    assert.doesNotMatch(version.stderr, /Invalid conf/)
    const checked = await inRoot('check', '--config', '/etc/gitops-drift-exporter/config.yaml')
    assert.match(checked.stdout, / Synced, 0 OutOfSync, 0 Unknown\n$/, checked.stderr)
    assert.equal(checked.code, 0)
  } finally {
    await fixture.remove()
  }
})

function configOf(): Uint8Array {
  const manifest: Json = JSON.parse(Buffer.from(built.image.blobs.get(built.image.manifest.digest) ?? []).toString())
  const config = built.image.blobs.get(String(at(manifest, 'config', 'digest')))
  assert.ok(config !== undefined)
  return Buffer.from(config)
}
