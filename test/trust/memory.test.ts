import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { builtProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { type Exporter, startExporter } from '../e2e/exporter.ts'
import { createWorkingRepository } from '../git/working-repository.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { type Answer, startScriptedApiServer } from '../servers/scripted-api-server.ts'
import { GIBIBYTE, type WatchedMemory, watchMemory } from './watch-memory.ts'

/**
 * Small inputs that become gigabytes, all at once: Helm's releases, API servers' answers and events, snapshot files, manifests. The program
 * stays within a gigabyte, each of them is told as too large, and the app beside them has its verdict all the time.
 */
const MEGABYTES = 60
const full = (part: string, megabytes = MEGABYTES): string => part.repeat((megabytes << 20) / part.length)
const SERVERS = 6

const CONFIG_MAP = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'shop' },
  data: { color: 'red' },
}

const parts = new AsyncDisposableStack()
let exporter: Exporter
let memory: WatchedMemory
let watches = 0

function release(name: string, json: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: `sh.helm.release.v1.${name}.v1`,
      namespace: 'shop',
      labels: { owner: 'helm', name, status: 'deployed', version: '1' },
    },
    data: { release: Buffer.from(gzipSync(json, { level: 9 }).toString('base64')).toString('base64') },
  }
}

before(
  async () => {
    await builtProgram()
    const folder = parts.use(await temporaryFolder('memory')).path
    const repository = await createWorkingRepository(join(folder, 'platform'))
    await repository.commit({
      'good/a.yaml': JSON.stringify(CONFIG_MAP),
      'yaml/a.yaml': `${JSON.stringify(CONFIG_MAP)}\n---\nkind: X\na: [${full('[],', 4)}]\n`,
      'json/a.json': `{"kind":"X","a":[${full('{},', 9)}{}]}`,
    })
    const clusters: object[] = []
    const apps: object[] = []
    const app = (name: string, path: string, cluster: string): void => {
      const source = { repository: 'file:./platform', revision: 'main', path }
      apps.push({ name, source, destination: { cluster, namespace: 'shop' } })
    }
    const snapshot = async (name: string, files: Readonly<Record<string, string>>): Promise<void> => {
      await mkdir(join(folder, name))
      for (const [file, text] of Object.entries(files)) await writeFile(join(folder, name, file), text)
      clusters.push({ name, snapshot: { path: `./${name}`, kinds: ['ConfigMap', 'Secret'] } })
    }
    const good = JSON.stringify(CONFIG_MAP)
    await snapshot('one', { 'a.json': good })
    for (const path of ['good', 'yaml', 'json']) app(path, path, 'one')
    await snapshot('files', {
      'a.json': `{"apiVersion":"v1","kind":"List","items":[${full('{},')}{}]}`,
      'b.yaml': `apiVersion: v1\nkind: List\nitems: [${full('[],', 8)}[]]\n`,
    })
    app('files', 'good', 'files')
    await snapshot('releases', {
      'a.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          release('lists', `{"manifest":[${full('[],')}[]]}`),
          release('manifest', JSON.stringify({ manifest: `a: [${full('[],', 4)}]` })),
        ],
      }),
    })
    const [lists, event] = [gzipSync(`{"metadata":{},"items":[${full('{},')}{}]}`), full('{},', 15)]
    const list: Answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(lists)
    }
    const watch: Answer = (_, response, url) => {
      if (url.searchParams.get('watch') === null) response.end('{"metadata":{"resourceVersion":"1"},"items":[]}')
      else {
        watches += 1
        response.end(`{"type":"ADDED","object":{"a":[${event}{}]}}\n`)
      }
    }
    for (let index = 0; index < SERVERS; index += 1) {
      const api = parts.use(await startScriptedApiServer())
      const name = `api-${index}`
      for (const path of ['/api/v1/configmaps', '/api/v1/namespaces/shop/configmaps'])
        api.answer(path, index === 0 ? watch : list)
      await writeFile(join(folder, `${name}.kubeconfig`), kubeconfigText({ server: api.url }, { token: 'a-token' }))
      clusters.push({ name, kubeconfig: { path: `./${name}.kubeconfig` } })
      app(name, 'good', name)
    }
    const config = join(folder, 'config.yaml')
    const addresses = { metrics: { address: '127.0.0.1', port: 0 }, pages: { port: 0 } }
    const discovery = { helm: [{ cluster: 'releases' }] }
    await writeFile(config, JSON.stringify({ ...addresses, stateDirectory: './state', clusters, apps, discovery }))
    exporter = await startExporter(config)
    parts.defer(() => exporter.stop())
    memory = parts.use(watchMemory(exporter.pid))
  },
  { timeout: 120_000 },
)
after(() => parts.disposeAsync())

const TOO_LARGE = ['yaml@one', 'json@one', 'files@files', 'lists@releases', 'manifest@releases']
const ANSWERED = Array.from({ length: SERVERS - 1 }, (_, index) => `api-${index + 1}@api-${index + 1}`)
for (const app of [...TOO_LARGE, ...ANSWERED])
  test(`what would fill the memory is told as too large, and takes nobody along: ${app}`, async () => {
    await exporter.untilApp(app, { status: 'Unknown', reason: 'GDE_TOO_LARGE' })
  })

test('events that would fill the memory are refused again and again, and the cluster is listed instead', async () => {
  await until('the third watch', async () => (watches > 2 ? true : undefined))
  await exporter.untilApp('api-0@api-0', { status: 'OutOfSync' })
})

test('the app beside them has its verdict, no thread died, and all of it took less than a gigabyte', async () => {
  await exporter.untilApp('good@one', { status: 'Synced' })
  assert.doesNotMatch(exporter.log(), /thread (?:ended|failed|is silent)/)
  assert.ok(memory.peak < GIBIBYTE, `${Math.round(memory.peak / 2 ** 20)} MB`)
})
