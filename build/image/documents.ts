import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { goParts, npmParts, type Part } from '../third-party.ts'
import { IMAGE_NAME, type Image, type ImageOptions, json } from './assemble.ts'
import type { DebianPackage } from './debian.ts'

/** Media types of what is beside the image. */
export const SBOM_TYPE = 'application/spdx+json'
export const PROVENANCE_TYPE = 'application/vnd.in-toto+json'
const ROOT = join(import.meta.dirname, '../..')
const BUILD_TYPE = 'urn:gitops-drift-exporter:build:image:v1'

interface SbomPart {
  readonly name: string
  readonly version: string
  /** Package URL. */
  readonly purl: string
  readonly licence: string
  readonly digest?: string
}

/** Everything in the image, in SPDX 2.3. The same image gives the same text. */
export async function sbomOf({ packages, version, time }: ImageOptions, image: Image): Promise<Uint8Array> {
  const found = [...(await nodeParts()), ...(await modules()), ...packages.map(debianPart)]
  // One version may lie in several folders.
  const parts = [...new Map(found.map((part) => [part.purl, part])).values()]
  const id = (name: string): string => `SPDXRef-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
  const own = id(IMAGE_NAME)
  return json({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: image.reference,
    documentNamespace: `https://spdx.org/spdxdocs/${IMAGE_NAME}-${image.manifest.digest.slice('sha256:'.length)}`,
    creationInfo: { created: seconds(time), creators: [`Tool: ${IMAGE_NAME}-build`] },
    packages: [
      {
        ...spdxPackage({ name: IMAGE_NAME, version, purl: ociPurl(image), licence: 'Apache-2.0' }, own),
        checksums: [checksum(image.manifest.digest)],
        primaryPackagePurpose: 'CONTAINER',
      },
      ...parts.map((part) => spdxPackage(part, id(part.purl))),
    ],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: own },
      ...parts.map(({ purl }) => ({
        spdxElementId: own,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: id(purl),
      })),
    ],
  })
}

function spdxPackage({ name, version, purl, licence, digest }: SbomPart, id: string): object {
  return {
    SPDXID: id,
    name,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: licence,
    copyrightText: 'NOASSERTION',
    ...(digest !== undefined && { checksums: [checksum(digest)] }),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  }
}

/** How it came about: an in-toto statement with SLSA's provenance. */
export async function provenanceOf(
  { packages, version, revision, time }: ImageOptions,
  image: Image,
): Promise<Uint8Array> {
  const file = async (path: string) => ({
    name: path,
    digest: {
      sha256: createHash('sha256')
        .update(await readFile(join(ROOT, path)))
        .digest('hex'),
    },
  })
  return json({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: image.reference, digest: { sha256: image.manifest.digest.slice('sha256:'.length) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { version, revision },
        internalParameters: { platform: process.platform, architecture: process.arch, node: process.version },
        resolvedDependencies: [
          { name: 'source', digest: { gitCommit: revision } },
          await file('package-lock.json'),
          await file('src/sandbox/wasm/go.sum'),
          ...packages.map((one) => ({
            uri: debianPart(one).purl,
            digest: { sha256: one.digest.slice('sha256:'.length) },
          })),
        ],
      },
      runDetails: {
        builder: { id: 'urn:gitops-drift-exporter:build:npm-run-image' },
        // Of the commit: when it was built would make each build another one.
        metadata: { startedOn: seconds(time), finishedOn: seconds(time) },
      },
    },
  })
}

/** Libraries in the bundle, and Node itself. */
async function nodeParts(): Promise<readonly SbomPart[]> {
  const stamp: { readonly inputs?: readonly string[] } = JSON.parse(
    await readFile(join(ROOT, 'dist/.inputs.json'), 'utf8'),
  )
  const parts = await npmParts(stamp.inputs ?? [], ROOT)
  const node: Part = { title: `node-${process.platform}-${process.arch} ${process.versions.node}`, folder: '' }
  return Promise.all(
    parts.map(async ({ title, folder }) => {
      const about: { readonly license?: unknown } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
      return part('npm', title, typeof about.license === 'string' ? about.license : 'NOASSERTION')
    }),
  ).then((all) => [...all, part('generic', node.title.replace(/^\S+/, 'node'), 'MIT')])
}

async function modules(): Promise<readonly SbomPart[]> {
  return (await goParts()).map(({ title }) => part('golang', title, 'NOASSERTION'))
}

function part(type: 'npm' | 'golang' | 'generic', title: string, licence: string): SbomPart {
  const [name = '', version = ''] = title.split(' ')
  const purl = `pkg:${type}/${name.replace(/^@/, '%40')}@${encodeURIComponent(version)}`
  return { name, version, purl, licence }
}

function debianPart({ name, version, architecture, digest }: DebianPackage): SbomPart {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`
  return { name, version, purl, licence: 'NOASSERTION', digest }
}

function ociPurl({ manifest }: Image): string {
  return `pkg:oci/${IMAGE_NAME}@${encodeURIComponent(manifest.digest)}`
}

function checksum(digest: string): object {
  return { algorithm: 'SHA256', checksumValue: digest.slice('sha256:'.length) }
}

/** SPDX takes no fractions. */
function seconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
