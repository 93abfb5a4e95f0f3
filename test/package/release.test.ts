import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { packChart } from '../../build/chart.ts'
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

test('the Dockerfile makes what the script makes: user, folders, start', async () => {
  const dockerfile = await readFile(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
  const script = await readFile(join(import.meta.dirname, '../../build/image/assemble.ts'), 'utf8')
  const [, user] = /const USER = (\d+)/.exec(script) ?? []
  assert.match(dockerfile, new RegExp(`^USER ${user}:${user}$`, 'm'))
  const [, entry = ''] = /Entrypoint: \[(.*)\]/.exec(script) ?? []
  const [, command = ''] = /Cmd: \[(.*)\]/.exec(script) ?? []
  const [, variables = ''] = /Env: \['PATH=\/usr\/local\/bin', (.*)\]/.exec(script) ?? []
  assert.ok(dockerfile.includes(`ENV ${variables.replaceAll("'", '').replaceAll(',', '')}\n`))
  assert.ok(dockerfile.includes(`ENTRYPOINT [${entry.replaceAll("'", '"')}]`))
  assert.ok(dockerfile.includes(`CMD [${command.replaceAll("'", '"')}]`))
})
