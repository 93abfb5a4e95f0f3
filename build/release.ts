import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { parse } from 'yaml'
import { CHART, packChart } from './chart.ts'
import { buildImage, sizeText } from './image/build-image.ts'
import { sha256 } from './image/layer.ts'
import { pushImage } from './image/push.ts'
import { requireRelease } from './release-check.ts'

// `npm run release`: package, chart and image of a tagged commit in a folder, with checksums; `-- --push HOST/NAME` pushes the image.
const ROOT = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { output: { type: 'string' }, push: { type: 'string' } } })
const output = resolve(values.output ?? join(ROOT, '.cache/release'))
const run = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 })).stdout.trim()
const yamlOf = async (path: string) => parse(await readFile(path, 'utf8'))

const { version: packageVersion }: { readonly version: string } = JSON.parse(
  await readFile(join(ROOT, 'package.json'), 'utf8'),
)
const chart = await yamlOf(join(CHART, 'Chart.yaml'))
const base = await yamlOf(join(ROOT, 'deploy/base/kustomization.yaml'))
const version = requireRelease({
  tags: (await run('git', 'tag', '--points-at', 'HEAD')).split('\n').filter((tag) => tag !== ''),
  changes: await run('git', 'status', '--porcelain'),
  packageVersion,
  chartVersion: chart.version,
  chartAppVersion: chart.appVersion,
  imageTag: base.images[0].newTag,
})
await rm(output, { recursive: true, force: true })
await mkdir(output, { recursive: true })
await run('npm', 'pack', '--pack-destination', output)
const { image, attached } = await buildImage(join(output, 'image'))
const time = new Date(Number(await run('git', 'log', '-1', '--format=%ct')) * 1000)
await writeFile(join(output, `gitops-drift-exporter-chart-${version}.tgz`), await packChart(time))
const files = [`gitops-drift-exporter-${version}.tgz`, `gitops-drift-exporter-chart-${version}.tgz`]
const documents = ['image/index.json', 'image/sbom.spdx.json', 'image/provenance.json']
const sums = await Promise.all(
  [...files, ...documents].map(
    async (file) => `${sha256(await readFile(join(output, file))).slice('sha256:'.length)}  ${file}\n`,
  ),
)
await writeFile(join(output, 'SHA256SUMS'), sums.join(''))
process.stdout.write(`${sums.join('')}${sizeText(image)}${output}\n`)
if (values.push !== undefined) {
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } = process.env
  const login = username !== undefined && password !== undefined ? { login: { username, password } } : {}
  await pushImage(image, attached, { repository: values.push, tag: version, ...login })
  process.stdout.write(`pushed ${values.push}@${image.manifest.digest}\n`)
}
