import assert from 'node:assert/strict'
import { chmod, cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { startExporter } from '../e2e/exporter.ts'
import { configMap, createFixture, type Fixture } from '../engine/engine-fixture.ts'
import { builtProgram, runProgram } from './program.ts'

before(builtProgram)

async function configured(fixture: Fixture): Promise<string> {
  await fixture.commit('repository', { 'shop/settings.json': configMap('settings', '1') })
  await fixture.live('one', 'settings.json', configMap('settings', '1', 'shop'))
  const file = join(fixture.folder, 'config.json')
  const source = { repository: `file://${join(fixture.folder, 'repository')}`, revision: 'main', path: 'shop' }
  const config = {
    metrics: { address: '127.0.0.1', port: 0 },
    pages: { port: 0 },
    stateDirectory: './state',
    clusters: [{ name: 'one', snapshot: { path: './clusters/one', kinds: ['ConfigMap'] } }],
    apps: [{ name: 'shop', source, destination: { cluster: 'one', namespace: 'shop' } }],
  }
  await writeFile(file, JSON.stringify(config))
  return file
}

test('history and report read the journal of a service that runs, and of one that is stopped', async (t) => {
  const fixture = await createFixture()
  t.after(() => fixture[Symbol.asyncDispose]())
  const config = await configured(fixture)
  const exporter = await startExporter(config)
  t.after(() => exporter.stop())
  await exporter.untilApp('shop@one', { status: 'Synced' })
  await fixture.live('one', 'settings.json', configMap('settings', '=2', 'shop'))
  await exporter.untilApp('shop@one', { status: 'OutOfSync' })

  await t.test('as a table', async () => {
    const { code, out } = await runProgram('history', '--config', config)
    assert.equal(code, 0)
    const [header = '', row = '', ...rest] = out.split('\n')
    assert.match(header, /^BEGAN +LASTED +APP +CLUSTER +CAUSE +ENDED +BY +WHAT$/)
    assert.match(row, /^\d{4}-\d\d-\d\d \d\d:\d\d~ +\d+s… +shop +one +live +lasts +ConfigMap settings: value 1→=2$/)
    assert.deepEqual(rest, [''])
  })

  await fixture.live('one', 'settings.json', configMap('settings', '1', 'shop'))
  await exporter.untilApp('shop@one', { status: 'Synced' })

  await t.test('as JSON, with both values', async () => {
    const { out } = await runProgram('history', '--config', config, '--output', 'json')
    const { apiVersion, episodes } = JSON.parse(out)
    assert.equal(apiVersion, 'gitops-drift-exporter/v1')
    const [{ app, cause, endedBy, objects, gaps }] = episodes
    assert.deepEqual([app.name, cause, endedBy, gaps], ['shop', 'live', 'reverted', []])
    assert.deepEqual(objects[0].fields, [{ path: '/data/value', class: 'changed', desired: '1', live: '=2' }])
    assert.equal('marks' in objects[0], false)
  })

  await t.test('as CSV', async () => {
    const { out } = await runProgram('history', '--config', config, '--output', 'csv')
    const [header, row] = out.split('\r\n')
    assert.match(header ?? '', /^app,controller,project,cluster,began,began_by,seen,ended,ended_by,cause,seconds,/)
    assert.match(row ?? '', /^shop,static,,one,.*,seen,.*,reverted,live,\d+,,ConfigMap\/shop\/settings,/)
  })

  await t.test('filtered', async () => {
    for (const [filter, rows] of [
      [['--app', 'sh*'], 1],
      [['--app', 'other'], 0],
      [['--cluster', 'two'], 0],
      [['--actor', 'kubectl*'], 0],
    ] as const) {
      const { out } = await runProgram('history', '--config', config, ...filter, '--output', 'json')
      assert.equal(JSON.parse(out).episodes.length, rows, filter.join(' '))
    }
  })

  await t.test('the metrics have counted it', async () => {
    const ended = (await exporter.samples()).filter(
      ({ name, labels }) => name === 'gitops_drift_episodes_total' && labels.ended_by === 'reverted',
    )
    assert.deepEqual(
      ended.map(({ labels, value }) => [labels.cause, value]),
      [
        ['git', 0],
        ['live', 1],
        ['both', 0],
      ],
    )
  })

  const until = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, 'Z')
  await exporter.stop()

  await t.test('a report has the same figures twice, in every format', async () => {
    for (const format of ['md', 'html', 'json']) {
      const args = ['report', '--config', config, '--until', until, '--format', format]
      const [first, second] = [await runProgram(...args), await runProgram(...args)]
      assert.equal(first.code, 0, first.err)
      assert.equal(first.out, second.out)
      assert.match(first.out, /shop in one/)
    }
  })

  await t.test('two replicas give one, also from a folder that cannot be written to', async () => {
    const copy = join(fixture.folder, 'replica')
    await cp(join(fixture.folder, 'state'), copy, { recursive: true })
    await chmod(copy, 0o500)
    const { out, err } = await runProgram('history', '--config', config, '--journal', copy, '--output', 'json')
    const report = ['report', '--config', config, '--until', until]
    const [one, two] = [await runProgram(...report), await runProgram(...report, '--journal', copy)]
    await chmod(copy, 0o700)
    assert.equal(JSON.parse(out).episodes.length, 1, err)
    assert.equal(two.code, 0, two.err)
    assert.equal(two.out, one.out)
  })

  await t.test('what cannot be read says so', async () => {
    const missing = await runProgram('history', '--journal', join(fixture.folder, 'nothing'))
    assert.equal(missing.code, 2)
    assert.match(missing.err, /there is no journal \(GDE_JOURNAL_READ\)/)
    const other = await runProgram('history', '--journal', config)
    assert.match(other.err, /GDE_JOURNAL_READ/)
    const none = await runProgram('history')
    assert.match(none.err, /--config or --journal is needed/)
  })
})
