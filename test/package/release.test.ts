import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { appendFile, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { packChart } from '../../build/chart.ts'
import { sha256 } from '../../build/image/layer.ts'
import { ALLOCATOR, COMMAND, ENTRYPOINT, startEnvironment, USER } from '../../build/image/start.ts'
import { buildProgram } from '../../build/program.ts'
import { type ReleaseState, requireRelease } from '../../build/release-check.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'

const READY: ReleaseState = {
  tags: ['v1.2.3', 'stable'],
  changes: '',
  packageVersion: '1.2.3',
  chartVersion: '1.2.3',
  chartAppVersion: '1.2.3',
  imageTag: '1.2.3',
}

test('a tagged commit of a clean tree with one version is released', () => {
  assert.equal(requireRelease(READY), '1.2.3')
})

for (const [what, change, complaint] of [
  ['changes that are not committed', { changes: ' M README.md' }, /not committed/],
  ['another version in the chart', { chartVersion: '1.2.2' }, /Chart\.yaml version is 1\.2\.2/],
  ['another image in the base', { imageTag: '1.2.2' }, /deploy\/base newTag is 1\.2\.2/],
  ['no tag', { tags: [] }, /has no tag.*git tag v1\.2\.3/],
  ['the tag of another version', { tags: ['v1.2.2'] }, /has the tags v1\.2\.2/],
] as const)
  test(`nothing is released with ${what}`, () => {
    assert.throws(() => requireRelease({ ...READY, ...change }), complaint)
  })

test('the archive of the chart is the same twice, and helm takes it', { skip: skipWithout('helm') }, async () => {
  const time = new Date('2026-03-01T00:00:00Z')
  const archive = await packChart(time)
  assert.deepEqual(await packChart(time), archive)
  await using folder = await temporaryFolder('release')
  const path = join(folder.path, 'chart.tgz')
  await writeFile(path, archive)
  const { stdout } = await run(toolPath('helm'), ['template', 'drift', path], { env: { HOME: folder.path } })
  assert.match(stdout, /kind: StatefulSet/)
})

const ROOT = join(import.meta.dirname, '../..')
/** In CI a machine without it is a failure. */
const skip = process.env.CI === undefined && !existsSync('/usr/bin/apt-get') ? 'the image is made on Debian' : false

test('from a tag come package, chart and image with SBOM and provenance, and the checksums of all; without one nothing', {
  skip,
}, async () => {
  // The sandbox is built once, for this tree and for what is cloned from it.
  await buildProgram({ quiet: true })
  await using folder = await temporaryFolder('release')
  const clone = join(folder.path, 'clone')
  await run('git', ['clone', '--quiet', ROOT, clone])
  for (const name of ['node_modules', '.cache']) {
    await symlink(join(ROOT, name), join(clone, name))
    await appendFile(join(clone, '.git/info/exclude'), `${name}\n`)
  }
  const output = join(folder.path, 'released')
  const release = () =>
    run(process.execPath, ['build/release.ts', '--output', output], {
      folder: clone,
      accept: [0, 1],
      timeoutSeconds: 300,
    })
  const refused = await release()
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /the commit has no tag/)
  assert.equal(existsSync(output), false)

  const { version } = JSON.parse(await readFile(join(clone, 'package.json'), 'utf8'))
  await run('git', ['-C', clone, 'tag', `v${version}`])
  const { code, stderr } = await release()
  assert.equal(code, 0, stderr)
  assert.deepEqual((await readdir(output)).toSorted(), [
    'SHA256SUMS',
    `gitops-drift-exporter-${version}.tgz`,
    `gitops-drift-exporter-chart-${version}.tgz`,
    'image',
  ])
  const sums = (await readFile(join(output, 'SHA256SUMS'), 'utf8')).trimEnd().split('\n')
  assert.deepEqual(
    sums.map((line) => line.split('  ')[1]),
    [
      `gitops-drift-exporter-${version}.tgz`,
      `gitops-drift-exporter-chart-${version}.tgz`,
      ...['image/index.json', 'image/sbom.spdx.json', 'image/provenance.json'],
    ],
  )
  for (const line of sums) {
    const [sum, name = ''] = line.split('  ')
    assert.equal(sha256(await readFile(join(output, name))), `sha256:${sum}`, name)
  }
})

test('the Dockerfile makes what the script makes: user, folders, start', async () => {
  const dockerfile = await readFile(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
  const lines = new Set(dockerfile.split('\n'))
  const list = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(', ')}]`
  const environment = { NODE_ENV: 'production', ...startEnvironment(`/usr/local/lib/${ALLOCATOR.library}`) }
  for (const line of [
    `USER ${USER}:${USER}`,
    ...Object.entries(environment).map(([name, value]) => `ENV ${name}=${value}`),
    `ENTRYPOINT ${list(ENTRYPOINT)}`,
    `CMD ${list(COMMAND)}`,
  ])
    assert.ok(lines.has(line), line)
  assert.match(dockerfile, new RegExp(`^RUN .*install .*${ALLOCATOR.package} `, 'm'))
})
