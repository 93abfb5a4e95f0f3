import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connectCluster } from '../../src/clusters/connect.ts'
import { SERVER_LIMITS } from '../../src/clusters/options.ts'
import { loadKubeconfig } from '../../src/clusters/server/credentials/kubeconfig.ts'
import { createWholeReader } from '../../src/clusters/server/whole-reader.ts'
import { type Copied, copyCluster } from '../../src/clusters/snapshot/copy-cluster.ts'
import type { SecretsHeld } from '../../src/clusters/snapshot/secrets-held.ts'
import { createSnapshotFolder } from '../../src/clusters/snapshot/snapshot-folder.ts'
import { CodedError } from '../../src/model/failure.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import {
  discovery,
  group,
  kind,
  type ScriptedApiServer,
  sendJson,
  sendStatus,
  startScriptedApiServer,
} from '../servers/scripted-api-server.ts'
import { observe } from './collect.ts'

const NEVER = new AbortController().signal

interface World {
  readonly server: ScriptedApiServer
  /** The folder around the snapshots. */
  readonly around: string
  copy(options?: CopyWorld): Promise<Copied>
  /** `namespace/name` of each object of the core kind that the copy holds. */
  held(kind: string): Promise<readonly string[]>
}
interface CopyWorld {
  readonly secrets?: SecretsHeld
  readonly signal?: AbortSignal
  readonly maxBytes?: number
  readonly answerBytes?: number
}

async function world(t: TestContext): Promise<World> {
  const server = await startScriptedApiServer()
  const folder = await temporaryFolder('copy')
  t.after(async () => {
    await server.close()
    await folder.close()
  })
  const kubeconfig = join(folder.path, 'kubeconfig.yaml')
  await writeFile(kubeconfig, kubeconfigText({ server: server.url }, { token: 'x' }))
  const path = join(folder.path, 'copy')
  server.answer('/api/v1/secrets', (_, response) => sendList(response, []))
  server.answer('/api/v1/configmaps', (_, response) => sendList(response, [object('a'), object('b')]))
  return {
    server,
    around: folder.path,
    copy: async ({ secrets = 'all', signal = NEVER, maxBytes = 2 ** 30, answerBytes } = {}) => {
      await using snapshot = await createSnapshotFolder(path, maxBytes)
      const limits = { ...SERVER_LIMITS, ...(answerBytes !== undefined && { answerBytes }) }
      await using reader = createWholeReader({
        load: loadKubeconfig(kubeconfig, undefined, {}),
        limits,
        environment: {},
      })
      return await copyCluster(reader, snapshot, { secrets, progress: () => undefined }, signal)
    },
    held: async (name) => {
      const connector = connectCluster(
        { name: 'copy', labels: {}, access: { type: 'snapshot', path, kinds: [] } },
        { redactionKey: new Uint8Array(32) },
      )
      try {
        await using observation = observe(connector, { group: '', kind: name })
        const texts = await observation.until('Synced')
        return texts.flatMap((text) => (text.startsWith('Upsert ') ? [text.slice('Upsert '.length)] : [])).sort()
      } finally {
        await connector.close()
      }
    },
  }
}

function object(name: string, more: object = {}): object {
  return { metadata: { name, namespace: 'shop', managedFields: [{ manager: 'kubectl' }], ...more } }
}

function sendList(response: ServerResponse, items: readonly object[], token?: string): void {
  sendJson(response, { kind: 'List', metadata: { resourceVersion: '1', continue: token }, items })
}

async function refused(work: Promise<unknown>): Promise<CodedError> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  return error instanceof CodedError ? error : assert.fail(String(error))
}

test('every page is asked for, and managedFields are kept', async (t) => {
  const { server, copy, held, around } = await world(t)
  server.answer('/api/v1/configmaps', (_, response, url) => {
    const token = url.searchParams.get('continue')
    if (token === null) sendList(response, [object('a')], 'more')
    else sendList(response, [object('b')])
  })
  assert.equal((await copy()).objects, 2)
  assert.deepEqual(await held('ConfigMap'), ['shop/a', 'shop/b'])
  assert.match(await readFile(join(around, 'copy/configmaps.jsonl'), 'utf8'), /"managedFields":\[\{"manager":"kubectl"/)
})

test('a kind without objects is held as complete', async (t) => {
  const { copy, held } = await world(t)
  await copy()
  assert.deepEqual(await held('Secret'), [])
})

test('a list that expires between two pages is begun again, and nothing of the old one stays', async (t) => {
  const { server, copy, held } = await world(t)
  let lists = 0
  server.answer('/api/v1/configmaps', (_, response, url) => {
    if (url.searchParams.get('continue') !== null) sendStatus(response, 410, 'the continue token is too old')
    else if (++lists === 1) sendList(response, [object('gone')], 'more')
    else sendList(response, [object('there')])
  })
  const { failed, objects } = await copy()
  assert.deepEqual({ failed, objects }, { failed: [], objects: 1 })
  assert.deepEqual(await held('ConfigMap'), ['shop/there'])
})

test('only the Secrets that are asked for leave the server', async (t) => {
  const { server, copy } = await world(t)
  const asked = () => server.requests.filter((request) => request.startsWith('GET /api/v1/secrets'))
  await copy({ secrets: 'none' })
  assert.deepEqual(asked(), [])
  const other = await world(t)
  await other.copy({ secrets: 'helm' })
  const [request = ''] = other.server.requests.filter((one) => one.startsWith('GET /api/v1/secrets'))
  assert.match(request, /fieldSelector=type%3Dhelm\.sh%2Frelease\.v1/)
})

test('a kind that fails is left out with its reason, and the others are there', async (t) => {
  const { server, copy, held } = await world(t)
  server.answer('/api/v1/secrets', (_, response) => sendStatus(response, 403, 'secrets is forbidden'))
  const { failed, kinds } = await copy()
  assert.deepEqual(
    failed.map((one) => [one.kind, one.code]),
    [['Secret', 'GDE_CLUSTER_FORBIDDEN']],
  )
  assert.equal(kinds, 1)
  assert.deepEqual(await held('ConfigMap'), ['shop/a', 'shop/b'])
})

test('the key that decrypts Secrets, or one webhook, may be down alone', async (t) => {
  const { server, copy } = await world(t)
  server.answer('/api/v1/secrets', (_, response) => sendStatus(response, 500, 'unable to transform key'))
  const { failed } = await copy()
  assert.deepEqual(
    failed.map((one) => one.code),
    ['GDE_CLUSTER_UNREACHABLE'],
  )
})

test('a group whose APIService does not answer is left out as a whole', async (t) => {
  const { server, copy, around } = await world(t)
  const stale = group('metrics.example.com', 'v1', [kind('Thing', 'things')], 'Stale')
  server.answer('/apis', (_, response) => sendJson(response, discovery([stale])))
  const { failed } = await copy()
  assert.deepEqual(
    failed.map((one) => [one.group, one.kind]),
    [['metrics.example.com', undefined]],
  )
  const connector = connectCluster(
    { name: 'copy', labels: {}, access: { type: 'snapshot', path: join(around, 'copy'), kinds: [] } },
    { redactionKey: new Uint8Array(32) },
  )
  t.after(() => connector.close())
  const { failure } = await connector.capabilities(NEVER)
  assert.equal(failure({ group: 'metrics.example.com', kind: 'Thing' })?.code, failed[0]?.code)
})

for (const resource of ['../../outside', '/etc/passwd', 'a/b', '..', '', 'A', 'x.y', 'x\u0000', 'x'.repeat(300)])
  test(`a server that names a resource ${JSON.stringify(resource.slice(0, 20))} makes no file of it`, async (t) => {
    const { server, copy, around } = await world(t)
    const kinds = [kind('ConfigMap', 'configmaps'), kind('Evil', resource)]
    server.answer('/api', (_, response) => sendJson(response, discovery([group('', 'v1', kinds)])))
    const { failed } = await copy()
    assert.deepEqual(
      failed.map((one) => [one.kind, one.code]),
      [['Evil', 'GDE_CLUSTER_PROTOCOL']],
    )
    assert.deepEqual((await readdir(around)).sort(), ['copy', 'kubeconfig.yaml'])
    assert.deepEqual((await readdir(join(around, 'copy'))).sort(), ['configmaps.jsonl', 'snapshot.json'])
  })

test('a server that names two kinds of one resource makes files of the first', async (t) => {
  const { server, copy, held } = await world(t)
  const kinds = [kind('ConfigMap', 'configmaps'), kind('Twin', 'configmaps')]
  server.answer('/api', (_, response) => sendJson(response, discovery([group('', 'v1', kinds)])))
  const { failed } = await copy()
  assert.deepEqual(
    failed.map((one) => [one.kind, one.code]),
    [['Twin', 'GDE_CLUSTER_PROTOCOL']],
  )
  assert.deepEqual(await held('ConfigMap'), ['shop/a', 'shop/b'])
})

test('a folder that is not empty, or no folder, is left as it is', async (t) => {
  const { copy, around } = await world(t)
  await mkdir(join(around, 'copy'))
  await writeFile(join(around, 'copy/mine'), 'mine')
  const full = await refused(copy())
  assert.equal(full.failure.code, 'GDE_SNAPSHOT_WRITE')
  assert.match(full.message, /copy is not empty/)
  assert.deepEqual(await readdir(join(around, 'copy')), ['mine'])
})

test('a link to a folder is not followed', async (t) => {
  const { copy, around } = await world(t)
  await mkdir(join(around, 'elsewhere'))
  await symlink('elsewhere', join(around, 'copy'))
  assert.equal((await refused(copy())).failure.code, 'GDE_SNAPSHOT_WRITE')
  assert.deepEqual(await readdir(join(around, 'elsewhere')), [])
})

test('an empty folder is filled', async (t) => {
  const { copy, held, around } = await world(t)
  await mkdir(join(around, 'copy'))
  await copy()
  assert.deepEqual(await held('ConfigMap'), ['shop/a', 'shop/b'])
})

test('what fails as a whole, is stopped or grows too large leaves nothing behind', async (t) => {
  const { server, copy, around } = await world(t)
  const nothing = async () => assert.deepEqual(await readdir(around), ['kubeconfig.yaml'])
  assert.equal((await refused(copy({ maxBytes: 50 }))).failure.code, 'GDE_SNAPSHOT_WRITE')
  await nothing()
  const stop = new AbortController()
  server.answer('/api/v1/configmaps', () => stop.abort())
  await assert.rejects(copy({ signal: stop.signal }))
  await nothing()
  server.answer('/api/v1/configmaps', (_, response) => sendStatus(response, 401, 'Unauthorized'))
  assert.equal((await refused(copy())).failure.code, 'GDE_CLUSTER_AUTH')
  await nothing()
  for (const resource of ['configmaps', 'secrets'])
    server.answer(`/api/v1/${resource}`, (_, response) => sendStatus(response, 403, 'forbidden'))
  assert.equal((await refused(copy())).failure.code, 'GDE_CLUSTER_FORBIDDEN')
  await nothing()
})

test('pages that are too large are asked for again in smaller ones, and files are no larger than can be read', async (t) => {
  const { server, copy, held, around } = await world(t)
  const blob = 'x'.repeat(5_000_000)
  const all = Array.from({ length: 9 }, (_, index) => object(`big-${index}`, { annotations: { blob } }))
  server.answer('/api/v1/configmaps', (_, response, url) => {
    const from = Number(url.searchParams.get('continue') ?? 0)
    const to = from + Number(url.searchParams.get('limit'))
    sendList(response, all.slice(from, to), to < all.length ? String(to) : undefined)
  })
  assert.equal((await copy({ answerBytes: 21_000_000 })).objects, 9)
  assert.deepEqual((await readdir(join(around, 'copy'))).filter((name) => name.startsWith('configmaps')).sort(), [
    'configmaps+2.jsonl',
    'configmaps.jsonl',
  ])
  assert.equal((await held('ConfigMap')).length, 9)
})
