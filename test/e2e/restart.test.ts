import assert from 'node:assert/strict'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { configMap, createFixture, type Fixture } from '../engine/engine-fixture.ts'
import { type Exporter, startExporter } from './exporter.ts'

/** What a restart of the built program must not change: no alert may resolve, and none may fire, because of it. */
const APPS = 150
const DRIFTED = 'drifted@one'

before(() => builtProgram())

async function writeConfig(fixture: Fixture): Promise<string> {
  const source = (path: string) => ({
    repository: `file://${join(fixture.folder, 'repository')}`,
    revision: 'main',
    path,
  })
  const destination = { cluster: 'one', namespace: 'shop' }
  const clean = Array.from({ length: APPS }, (_, index) => ({
    name: `clean-${index}`,
    source: source('clean'),
    destination,
  }))
  const file = join(fixture.folder, 'config.json')
  await writeFile(
    file,
    JSON.stringify({
      metrics: { address: '127.0.0.1', port: 0 },
      pages: { port: 0 },
      stateDirectory: './state',
      clusters: [{ name: 'one', snapshot: { path: './clusters/one', kinds: ['ConfigMap'] } }],
      apps: [...clean, { name: 'drifted', source: source('drifted'), destination }],
    }),
  )
  return file
}

async function changed(fixture: Fixture): Promise<void> {
  await fixture.commit('repository', {
    'clean/one.json': configMap('one', '1'),
    'drifted/two.json': configMap('two', '1'),
  })
  await fixture.live('one', 'one.json', configMap('one', '1', 'shop'))
  await fixture.live('one', 'two.json', configMap('two', 'edited', 'shop'))
}

async function clusterUp(exporter: Exporter): Promise<readonly number[]> {
  const samples = await exporter.samples()
  return samples.filter(({ name }) => name === 'gitops_cluster_up').map(({ value }) => value)
}

test('the first scrape after a crash has every app, and what was OutOfSync is so since the same time', async (t) => {
  const fixture = await createFixture()
  t.after(() => fixture[Symbol.asyncDispose]())
  await changed(fixture)
  const config = await writeConfig(fixture)
  let exporter = await startExporter(config)
  t.after(() => exporter.stop())
  const { since } = await exporter.untilApp(DRIFTED, { status: 'OutOfSync' })
  await exporter.untilApp(`clean-${APPS - 1}@one`, { status: 'Synced' })
  await exporter.kill()
  exporter = await startExporter(config)
  const [apps, up] = [await exporter.apps(), await clusterUp(exporter)]
  assert.equal(apps.size, APPS + 1)
  assert.equal(apps.get(DRIFTED)?.status, 'OutOfSync')
  assert.equal(apps.get(DRIFTED)?.since, since)
  assert.ok(!up.includes(0), 'a cluster that was not asked yet is not down')
  await exporter.untilApp('clean-0@one', { status: 'Synced' })
  assert.equal((await exporter.apps()).get(DRIFTED)?.since, since)
})

test('what was OutOfSync stays so while its cluster cannot be read after the restart', async (t) => {
  const fixture = await createFixture()
  t.after(() => fixture[Symbol.asyncDispose]())
  await changed(fixture)
  const config = await writeConfig(fixture)
  let exporter = await startExporter(config)
  t.after(() => exporter.stop())
  const { since } = await exporter.untilApp(DRIFTED, { status: 'OutOfSync' })
  await exporter.untilApp('clean-0@one', { status: 'Synced' })
  await exporter.stop()
  const folder = join(fixture.folder, 'clusters', 'one')
  await rename(folder, `${folder}-away`)
  exporter = await startExporter(config)
  await exporter.untilApp('clean-0@one', { status: 'Unknown', reason: 'GDE_SNAPSHOT_READ' })
  assert.deepEqual(await clusterUp(exporter), [0])
  const drifted = (await exporter.apps()).get(DRIFTED)
  assert.equal(drifted?.status, 'OutOfSync')
  assert.equal(drifted?.since, since)
  await rename(`${folder}-away`, folder)
  await exporter.untilApp('clean-0@one', { status: 'Synced' })
  assert.equal((await exporter.apps()).get(DRIFTED)?.since, since)
})

test('a state file that cannot be used is set aside, and everything is reported anew', async (t) => {
  const fixture = await createFixture()
  t.after(() => fixture[Symbol.asyncDispose]())
  await changed(fixture)
  const config = await writeConfig(fixture)
  await mkdir(join(fixture.folder, 'state'))
  await writeFile(join(fixture.folder, 'state', 'state.json'), '{"version":1,"apps":[{')
  const exporter = await startExporter(config)
  t.after(() => exporter.stop())
  await exporter.untilApp(DRIFTED, { status: 'OutOfSync' })
  assert.match(exporter.log(), /"level":"warn".*GDE_STATE_DAMAGED/)
})
