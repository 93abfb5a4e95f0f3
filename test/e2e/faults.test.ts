import assert from 'node:assert/strict'
import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SERVER_LIMITS } from '../../src/clusters/options.ts'
import { builtProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { configMap, createFixture, type Fixture } from '../engine/engine-fixture.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { type MeddlingProxy, startMeddlingProxy } from '../servers/meddling-proxy.ts'
import { skipWithout } from '../tools/build.ts'
import { type Exporter, startExporter } from './exporter.ts'

const CLEAN = 'clean@one'
const DRIFTED = 'drifted@one'
const TOGGLED = 'toggled@one'
const DAY_MS = 86_400_000

/**
 * One exporter as users run it, on a real API server through a proxy, goes through one fault after another, while an object is changed
 * back and forth. After each it says what is so, and what drifted all the time has drifted since the same second.
 */
describe('an exporter that goes through faults', { skip: skipWithout('etcd', 'kube-apiserver', 'kubectl') }, () => {
  let server: KubeApiServer
  let proxy: MeddlingProxy
  let fixture: Fixture
  let exporter: Exporter
  let clock: string
  let since: number | undefined
  let files: number
  let turn = 0

  const live = (name: string, value: string) => server.admin.apply(JSON.parse(configMap(name, value, 'shop')))

  async function putAll(): Promise<void> {
    await server.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
    await live('one', '1')
    await live('two', 'edited')
    await live('three', '0')
  }

  async function writeConfig(state: string): Promise<string> {
    const destination = { cluster: 'one', namespace: 'shop' }
    const repository = `file://${join(fixture.folder, 'repository')}`
    const file = join(fixture.folder, `${state}.json`)
    await writeFile(
      file,
      JSON.stringify({
        metrics: { address: '127.0.0.1', port: 0 },
        pages: { port: 0 },
        stateDirectory: `./${state}`,
        staleAfter: { git: '15s' },
        repositories: [{ url: repository, pollInterval: '1s' }],
        clusters: [{ name: 'one', kubeconfig: { path: './kubeconfig' } }],
        apps: ['clean', 'drifted', 'toggled'].map((path) => ({
          name: path,
          source: { repository, revision: 'main', path },
          destination,
        })),
      }),
    )
    return file
  }

  const openFiles = async (): Promise<number> => (await readdir(`/proc/${exporter.pid}/fd`)).length

  /** The object is changed to what it was not, and that is seen; nothing else has changed. */
  async function seesChanges(): Promise<void> {
    turn += 1
    const wanted = turn % 2 === 1 ? 'OutOfSync' : 'Synced'
    await live('three', wanted === 'Synced' ? '0' : `edited ${turn}`)
    await exporter.untilApp(TOGGLED, { status: wanted })
    await exporter.untilApp(CLEAN, { status: 'Synced' })
    await exporter.untilApp(DRIFTED, { status: 'OutOfSync', ...(since !== undefined && { since }) })
  }

  before(async () => {
    await builtProgram()
    fixture = await createFixture()
    await fixture.commit('repository', {
      'clean/one.json': configMap('one', '1'),
      'drifted/two.json': configMap('two', '1'),
      'toggled/three.json': configMap('three', '0'),
    })
    server = await startKubeApiServer()
    proxy = await startMeddlingProxy(server)
    await putAll()
    await writeFile(
      join(fixture.folder, 'kubeconfig'),
      kubeconfigText({ server: proxy.url }, { token: server.adminToken }),
    )
    clock = join(fixture.folder, 'clock')
    await writeFile(clock, '0')
    exporter = await startExporter(await writeConfig('state'), {
      CLOCK_FILE: clock,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'shifted-clock.ts')}`,
    })
    since = (await exporter.untilApp(DRIFTED, { status: 'OutOfSync' })).since
    assert.ok(since !== undefined)
    await seesChanges()
    files = await openFiles()
  })

  after(async () => {
    await exporter?.stop()
    await proxy?.[Symbol.asyncDispose]()
    await server?.close()
    await fixture?.[Symbol.asyncDispose]()
  })

  test('the API server is killed', async () => {
    await server.kill()
    await until('the loss to be seen', async () => ((await clusterUp()) === 0 ? true : undefined))
    assert.equal((await exporter.apps()).get(DRIFTED)?.status, 'OutOfSync')
    await server.start()
    await seesChanges()
  })

  test('the API server hangs', async () => {
    server.pause()
    await sleep(2000)
    assert.equal((await exporter.apps()).get(CLEAN)?.status, 'Synced')
    server.resume()
    await seesChanges()
  })

  test('a watch is cut inside an event', async () => {
    let cuts = 0
    proxy.meddle = (line) => {
      if (cuts > 0 || !line.includes('"three"')) return { text: `${line}\n` }
      cuts += 1
      return { text: line.slice(0, line.length / 2), cut: true }
    }
    await seesChanges()
    assert.equal(cuts, 1)
  })

  test('an event is malformed once', async () => {
    let times = 0
    proxy.meddle = (line) => {
      if (times > 0 || !line.includes('"three"')) return { text: `${line}\n` }
      times += 1
      return { text: '{"type":"MODIFIED","object":{"metadata":[]}}\n' }
    }
    await seesChanges()
    assert.equal(times, 1)
  })

  test('every watch is expired', async () => {
    proxy.refuse = (url) => (url.searchParams.has('watch') ? { status: 410, message: 'too old' } : undefined)
    proxy.cut()
    await seesChanges()
    await seesChanges()
    proxy.refuse = () => undefined
    await seesChanges()
  })

  test('the API server has too many requests', async () => {
    let refused = 0
    proxy.refuse = () => {
      refused += 1
      const headers = {
        'retry-after': '1',
        'x-kubernetes-pf-flowschema-uid': 'a',
        'x-kubernetes-pf-prioritylevel-uid': 'b',
      }
      return { status: 429, message: 'too many requests, please try again later', headers }
    }
    proxy.cut()
    await until('it to be refused', async () => (refused > 3 ? true : undefined))
    proxy.refuse = () => undefined
    await seesChanges()
  })

  test('etcd forgets what was while the API server is away', async () => {
    await server.kill()
    await server.start()
    for (let value = 0; value < 5; value += 1) await live('unrelated', String(value))
    await server.compact()
    await server.kill()
    await server.start()
    await seesChanges()
  })

  test('Git is gone for longer than may be, and comes back', async () => {
    const repository = join(fixture.folder, 'repository')
    await rename(repository, `${repository}-away`)
    await exporter.untilApp(CLEAN, { status: 'Unknown', reason: 'GDE_STALE' })
    await rename(`${repository}-away`, repository)
    await seesChanges()
  })

  test('the clock is set, a day ahead and back again', async () => {
    for (const ahead of [DAY_MS, 0, -DAY_MS, 0]) {
      await writeFile(clock, String(ahead))
      await until('its clock to be set', async () => {
        await seesChanges()
        const [, time = ''] = /"time":"([^"]+)"[^\n]*$/.exec(exporter.log().trimEnd()) ?? []
        return Math.abs(Date.parse(time) - (Date.now() + ahead)) < DAY_MS / 4 ? true : undefined
      })
      await seesChanges()
    }
  })

  test('the API server has lost everything, and gets it again', async () => {
    await server.stop()
    // One that is back sooner has its watches taken up where they were.
    await sleep(SERVER_LIMITS.lostAfter + SERVER_LIMITS.longestPause / 10)
    await server.startEmpty()
    await exporter.untilApp(CLEAN, { status: 'OutOfSync' })
    await exporter.untilApp(DRIFTED, { status: 'OutOfSync', ...(since !== undefined && { since }) })
    await putAll()
    await exporter.untilApp(TOGGLED, { status: 'Synced' })
    turn = 0
    await seesChanges()
  })

  test('afterwards it says what a fresh process says, and holds no more files and connections than before', async () => {
    await seesChanges()
    await until('what it held open to be closed', async () => ((await openFiles()) <= files + 4 ? true : undefined))
    const fresh = await startExporter(await writeConfig('fresh'))
    try {
      for (const app of [CLEAN, TOGGLED]) await fresh.untilApp(app, { status: 'Synced' })
      await fresh.untilApp(DRIFTED, { status: 'OutOfSync' })
      const verdicts = async (one: Exporter) =>
        [...(await one.apps())].map(([app, { status, cause, reason }]) => [app, status, cause, reason]).toSorted()
      assert.deepEqual(await verdicts(exporter), await verdicts(fresh))
    } finally {
      await fresh.stop()
    }
    assert.doesNotMatch(exporter.log(), /GDE_INTERNAL/)
  })

  async function sample(name: string): Promise<number> {
    const found = (await exporter.samples()).find((one) => one.name === name)
    assert.ok(found !== undefined, `no ${name}`)
    return found.value
  }

  const clusterUp = () => sample('gitops_cluster_up')
})
