import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { DebianPackage } from './debian.ts'
import { type Entry, type Layer, makeLayer, sha256 } from './layer.ts'
import { COMMAND, ENTRYPOINT, startEnvironment, USER } from './start.ts'

export const IMAGE_NAME = 'gitops-drift-exporter'
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const ROOT = join(import.meta.dirname, '../..')

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly artifactType?: string
  readonly platform?: { readonly os: string; readonly architecture: string }
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Image {
  readonly reference: string
  readonly manifest: Descriptor
  readonly layers: readonly Layer[]
  /** By their digests. */
  readonly blobs: ReadonlyMap<string, Uint8Array>
}

export interface ImageOptions {
  readonly packages: readonly DebianPackage[]
  readonly version: string
  /** Full name of the commit. */
  readonly revision: string
  /** Of everything in it: that of the commit. */
  readonly time: Date
}

/** Debian's libraries, Node and dist/, in three layers: what changes most often comes last. */
export async function assembleImage({ packages, version, revision, time }: ImageOptions): Promise<Image> {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const foreign = packages.find((one) => one.architecture !== architecture)
  if (foreign !== undefined)
    throw new Error(`${foreign.name} is for ${foreign.architecture}, and Node for ${architecture}`)
  const layers = [
    await makeLayer('Debian', [...system(), ...packages.flatMap(({ entries }) => entries)], time),
    await makeLayer('Node', await node(), time),
    await makeLayer('program', await program(), time),
  ]
  const labels = {
    'org.opencontainers.image.title': IMAGE_NAME,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': revision,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  }
  const config = json({
    created: time.toISOString(),
    architecture,
    os: 'linux',
    config: {
      User: `${USER}:${USER}`,
      Env: [
        ...['PATH=/usr/local/bin', 'NODE_ENV=production'],
        ...Object.entries(startEnvironment()).map(([name, value]) => `${name}=${value}`),
      ],
      Entrypoint: ENTRYPOINT,
      Cmd: COMMAND,
      ExposedPorts: { '8080/tcp': {} },
      WorkingDir: '/app',
      Labels: labels,
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ title }) => ({ created: time.toISOString(), created_by: title })),
  })
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map(({ content }) => describe('application/vnd.oci.image.layer.v1.tar+gzip', content)),
    annotations: labels,
  })
  return {
    reference: `${IMAGE_NAME}:${version}`,
    manifest: { ...describe(MANIFEST_TYPE, manifest), platform: { os: 'linux', architecture } },
    layers,
    blobs: new Map([manifest, config, ...layers.map(({ content }) => content)].map((blob) => [sha256(blob), blob])),
  }
}

/** A document about the image, as an artifact that refers to it. */
export function attach(image: Image, artifactType: string, document: Uint8Array): Image {
  const empty = Buffer.from('{}')
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType,
    config: describe('application/vnd.oci.empty.v1+json', empty),
    layers: [describe(artifactType, document)],
    subject: { mediaType: MANIFEST_TYPE, digest: image.manifest.digest, size: image.manifest.size },
  })
  return {
    reference: '',
    manifest: { ...describe(MANIFEST_TYPE, manifest), artifactType },
    layers: [],
    blobs: new Map([manifest, empty, document].map((blob) => [sha256(blob), blob])),
  }
}

/** An OCI layout in the folder, which is made anew. */
export async function writeLayout(folder: string, image: Image, attached: readonly Image[]): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const blobs = join(folder, 'blobs/sha256')
  await mkdir(blobs, { recursive: true })
  for (const { blobs: own } of [image, ...attached])
    for (const [digest, blob] of own) await writeFile(join(blobs, digest.slice('sha256:'.length)), blob)
  const named = { ...image.manifest, annotations: { 'org.opencontainers.image.ref.name': image.reference } }
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await writeFile(
    join(folder, 'index.json'),
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [named, ...attached.map(({ manifest }) => manifest)],
    }),
  )
}

export function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function describe(mediaType: string, blob: Uint8Array): Descriptor {
  return { mediaType, digest: sha256(blob), size: blob.length }
}

/** No shell, no package manager: what is not there cannot be misused. */
function system(): readonly Entry[] {
  const file = (path: string, content: string): Entry => ({ type: 'file', path, content: Buffer.from(content) })
  return [
    { type: 'symlink', path: 'lib', target: 'usr/lib' },
    { type: 'symlink', path: 'lib64', target: 'usr/lib64' },
    { type: 'directory', path: 'usr/lib64' },
    file(
      'etc/passwd',
      `root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${USER}:${USER}:nonroot:/nonexistent:/sbin/nologin\n`,
    ),
    file('etc/group', `root:x:0:\nnonroot:x:${USER}:\n`),
    file('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    { type: 'directory', path: 'tmp', mode: 0o1777 },
    { type: 'directory', path: 'etc/gitops-drift-exporter' },
    { type: 'directory', path: 'proc' },
    { type: 'directory', path: 'dev' },
    { type: 'directory', path: 'var/lib/gitops-drift-exporter', owner: USER },
  ]
}

/** Of the package that the lock file names. */
async function node(): Promise<readonly Entry[]> {
  const binary = createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`)
  const licence = join(dirname(binary), '../LICENSE')
  return [
    { type: 'file', path: 'usr/local/bin/node', mode: 0o755, content: await readFile(binary) },
    { type: 'file', path: 'usr/share/doc/nodejs/copyright', content: await readFile(licence) },
  ]
}

async function program(): Promise<readonly Entry[]> {
  const names = (await readdir(join(ROOT, 'dist'))).filter((name) => !name.startsWith('.') && !name.endsWith('.part'))
  const files = [...names.map((name) => `dist/${name}`), 'package.json', 'LICENSE']
  return Promise.all(
    files.map(async (path) => ({
      type: 'file' as const,
      path: `app/${path}`,
      mode: path === 'dist/main.js' ? 0o755 : 0o644,
      content: await readFile(join(ROOT, path)),
    })),
  )
}
