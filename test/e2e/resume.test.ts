import assert from 'node:assert/strict'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { configMap, createFixture } from '../engine/engine-fixture.ts'
import { startKubeApiServer } from '../servers/kube-apiserver.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { startMeddlingProxy } from '../servers/meddling-proxy.ts'
import { skipWithout } from '../tools/build.ts'
import { startExporter } from './exporter.ts'

/** Restarts of the built program before a real API server. */
const NAMES = ['one', 'two', 'three']

before(() => builtProgram())

test('an update lists nothing anew, a crash lists all, and both say what is so now', {
  skip: skipWithout('etcd', 'kube-apiserver'),
}, async (t) => {
  await using fixture = await createFixture()
  await using server = await startKubeApiServer()
  await using proxy = await startMeddlingProxy(server)
  let lists = 0
  proxy.refuse = (url) => {
    const isList = url.searchParams.has('limit') || url.searchParams.has('sendInitialEvents')
    if (isList && !url.searchParams.has('fieldSelector')) lists += 1
    return undefined
  }
  const live = (name: string, value: string) => server.admin.apply(JSON.parse(configMap(name, value, 'shop')))
  await server.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  for (const name of NAMES) await live(name, '1')
  await fixture.commit(
    'repository',
    Object.fromEntries(NAMES.map((name) => [`${name}/object.json`, configMap(name, '1')])),
  )
  await writeFile(
    join(fixture.folder, 'kubeconfig'),
    kubeconfigText({ server: proxy.url }, { token: server.adminToken }),
  )
  const config = join(fixture.folder, 'config.json')
  await writeFile(
    config,
    JSON.stringify({
      metrics: { address: '127.0.0.1', port: 0 },
      pages: { port: 0 },
      stateDirectory: './state',
      clusters: [{ name: 'real', kubeconfig: { path: './kubeconfig' } }],
      apps: NAMES.map((name) => ({
        name,
        source: { repository: `file://${join(fixture.folder, 'repository')}`, revision: 'main', path: name },
        destination: { cluster: 'real', namespace: 'shop' },
      })),
    }),
  )
  const first = await startExporter(config)
  t.after(() => first.stop())
  for (const name of NAMES) await first.untilApp(`${name}@real`, { status: 'Synced' })
  assert.ok(lists > 0)
  const saved = join(fixture.folder, 'state', 'live-objects')
  await first.stop()
  assert.ok((await stat(saved)).isFile(), first.log())

  lists = 0
  await live('one', 'edited')
  await server.admin.request('DELETE', '/api/v1/namespaces/shop/configmaps/two')
  const updated = await startExporter(config)
  t.after(() => updated.stop())
  const drifted = await updated.untilApp('one@real', { status: 'OutOfSync' })
  await updated.untilApp('two@real', { status: 'OutOfSync' })
  await live('three', 'edited')
  await updated.untilApp('three@real', { status: 'OutOfSync' })
  assert.equal(lists, 0, updated.log())
  await updated.kill()
  await assert.rejects(stat(saved))

  await live('two', '1')
  const survivor = await startExporter(config)
  t.after(() => survivor.stop())
  await survivor.untilApp('two@real', { status: 'Synced' })
  await until('the lists', async () => (lists > 0 ? true : undefined))
  assert.equal((await survivor.apps()).get('one@real')?.since, drifted.since)
  await survivor.stop()
})
