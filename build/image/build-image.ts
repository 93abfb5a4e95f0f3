import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildProgram } from '../program.ts'
import { assembleImage, attach, type Image, writeLayout } from './assemble.ts'
import { DEBIAN, debianPackages } from './debian.ts'
import { PROVENANCE_TYPE, provenanceOf, SBOM_TYPE, sbomOf } from './documents.ts'

const ROOT = join(import.meta.dirname, '../..')

export interface BuiltImage {
  readonly image: Image
  /** SBOM and provenance. */
  readonly attached: readonly Image[]
}

/**
 * Builds the program and assembles the image in a folder: an OCI layout, with sbom.spdx.json and provenance.json beside it. One commit on one
 * machine gives one digest.
 * @param output the folder, which is made anew
 * @param debs where Debian's packages are, or go
 */
export async function buildImage(output: string, debs = DEBIAN): Promise<BuiltImage> {
  await buildProgram({ quiet: true })
  const { version }: { readonly version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const git = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('git', ['-C', ROOT, ...args])).stdout.trim()
  const options = {
    packages: await debianPackages(debs),
    version,
    revision: await git('rev-parse', 'HEAD'),
    time: new Date(Number(await git('log', '-1', '--format=%ct')) * 1000),
  }
  const image = await assembleImage(options)
  const sbom = await sbomOf(options, image)
  const provenance = await provenanceOf(options, image)
  const attached = [attach(image, SBOM_TYPE, sbom), attach(image, PROVENANCE_TYPE, provenance)]
  await writeLayout(output, image, attached)
  await writeFile(join(output, 'sbom.spdx.json'), sbom)
  await writeFile(join(output, 'provenance.json'), provenance)
  return { image, attached }
}

/** A line for each layer, and the whole. */
export function sizeText({ layers, manifest, reference }: Image): string {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  const sum = (of: (layer: (typeof layers)[number]) => number): string =>
    megabytes(layers.reduce((bytes, layer) => bytes + of(layer), 0))
  const lines = layers.map(
    ({ title, content, unpackedBytes }) =>
      `  ${title}: ${megabytes(content.length)}, unpacked ${megabytes(unpackedBytes)}`,
  )
  const all = `${reference}@${manifest.digest}: ${sum(({ content }) => content.length)}, unpacked ${sum((one) => one.unpackedBytes)}`
  return `${[all, ...lines].join('\n')}\n`
}
