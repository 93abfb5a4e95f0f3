import assert from 'node:assert/strict'
import { copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { App } from '../../src/model/apps/app.ts'
import type { Inventory } from '../../src/model/apps/inventory.ts'
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'
import { objectKeyText } from '../../src/model/object.ts'
import { until } from '../commands/until.ts'
import { definitionOf } from '../servers/custom-resource-definition.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { type MeddlingProxy, startMeddlingProxy } from '../servers/meddling-proxy.ts'
import { skipWithout } from '../tools/build.ts'
import { app, createFixture, type Fixture, inventory, type RunningEngine } from './engine-fixture.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']
const DECLARED: Readonly<Record<string, { readonly declared: number }>> = {
  shop: { declared: NAMES.length + 3 },
  other: { declared: 1 },
  tracking: { declared: 1 },
}
const CANARY = 'c4nary-of-a-secret'

const at = (kind: string, name: string, rest: JsonObject = {}): JsonObject => ({
  apiVersion: kind === 'Role' ? 'rbac.authorization.k8s.io/v1' : kind === 'Widget' ? 'example.org/v1' : 'v1',
  kind,
  metadata: { name, namespace: 'shop' },
  ...rest,
})
const configMap = (name: string, value: string): JsonObject => at('ConfigMap', name, { data: { value } })
const secret = (value: string): JsonObject =>
  at('Secret', 's', { type: 'Opaque', data: { key: Buffer.from(value).toString('base64') } })
const role = (verb: string): JsonObject =>
  at('Role', 'r', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }] })
const widget = (size: string): JsonObject => at('Widget', 'w', { spec: { size } })

const CRD = definitionOf({
  ...{ group: 'example.org', kind: 'Widget', scope: 'Namespaced', spec: { size: { type: 'string' } } },
})

/** Engines one after another on one state directory, before a real API server that is changed while none runs. */
describe('an engine that goes on where the one before it ended', {
  skip: skipWithout('etcd', 'kube-apiserver'),
}, () => {
  let server: KubeApiServer
  before(async () => {
    server = await startKubeApiServer()
    await prepare()
  })
  after(() => server.close())

  async function prepare(): Promise<void> {
    await server.admin.installCrds([CRD])
    // Schemas come a little later than kinds, and are another schema then.
    await until('the schema of the custom kind', async () => {
      const { paths } = await server.admin.request('GET', '/openapi/v3')
      return isJsonObject(paths) && paths['apis/example.org/v1'] !== undefined ? true : undefined
    })
    await server.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  }

  interface World {
    readonly fixture: Fixture
    readonly proxy: MeddlingProxy
    readonly shop: App
    /** The kinds that were listed since the last call, each as often as it was. */
    lists(): readonly string[]
    start(state?: string, apps?: readonly App[]): Promise<RunningEngine>
    live(objects: readonly JsonObject[]): Promise<void>
    remove(kind: string, name: string): Promise<void>
    saved(): string
  }

  async function world(t: TestContext, parts: Partial<App> = {}): Promise<World> {
    const fixture = await createFixture()
    t.after(() => fixture[Symbol.asyncDispose]())
    const proxy = await startMeddlingProxy(server)
    t.after(() => proxy[Symbol.asyncDispose]())
    let listed: string[] = []
    proxy.refuse = (url) => {
      const isList = url.searchParams.has('limit') || url.searchParams.has('sendInitialEvents')
      if (isList && !url.searchParams.has('fieldSelector')) listed.push(url.pathname.split('/').at(-1) ?? '')
      return undefined
    }
    const path = join(fixture.folder, 'kubeconfig')
    await writeFile(path, kubeconfigText({ server: proxy.url }, { token: server.adminToken }))
    const shop = app(fixture, { name: 'shop', ...parts })
    const remove = async (kind: string, name: string): Promise<void> => {
      const plural = `${kind.toLowerCase()}s`
      const group = { Role: 'apis/rbac.authorization.k8s.io/v1', Widget: 'apis/example.org/v1' }[kind] ?? 'api/v1'
      await server.admin.request('DELETE', `/${group}/namespaces/shop/${plural}/${name}`)
    }
    t.after(() => clear())
    await clear()
    await fixture.commit('repository', {
      'shop/maps.json': listText(NAMES.map((name) => configMap(name, '1'))),
      'shop/rest.json': listText([role('get'), widget('small'), secret(CANARY)]),
      'other/other.json': listText([configMap('other', '1')]),
    })
    return {
      fixture,
      proxy,
      shop,
      lists() {
        const found = listed.toSorted()
        listed = []
        return found
      },
      async start(state = 'state', apps = [shop]) {
        const running = await fixture.start({ stateDirectory: join(fixture.folder, state) })
        const all: Inventory = inventory(fixture, apps)
        running.engine.reconcile({
          ...all,
          clusters: [{ name: 'one', labels: {}, access: { type: 'kubeconfig', path } }],
        })
        await running.firstPass()
        await until('all objects to be judged', async () => ((await isWhole(running, apps)) ? true : undefined))
        return running
      },
      async live(objects) {
        for (const object of objects) await server.admin.apply(object)
      },
      remove,
      saved: () => join(fixture.folder, 'state', 'live-objects'),
    }
  }

  async function clear(): Promise<void> {
    for (const path of ['api/v1', 'apis/rbac.authorization.k8s.io/v1', 'apis/example.org/v1'])
      for (const plural of { 'api/v1': ['configmaps', 'secrets'], 'apis/example.org/v1': ['widgets'] }[path] ?? [
        'roles',
      ])
        await server.admin.request('DELETE', `/${path}/namespaces/shop/${plural}`)
  }

  const inSync = [...NAMES.map((name) => configMap(name, '1')), role('get'), widget('small'), secret(CANARY)]

  async function states(running: RunningEngine, one: App): Promise<readonly string[]> {
    const found = await running.engine.objects(one.id)
    return found.map(({ key, state }) => `${objectKeyText(key)} ${state}`).toSorted()
  }

  /** Drift is told before all is known. */
  async function isWhole(running: RunningEngine, apps: readonly App[]): Promise<boolean> {
    for (const one of apps) {
      const { declared } = DECLARED[one.name] ?? { declared: 0 }
      const found = await running.engine.objects(one.id)
      if (found.filter(({ state }) => state !== 'unknown').length < declared) return false
    }
    return true
  }

  /** As a process tells it that has nothing of an earlier one. */
  async function assertAsFresh(all: World, running: RunningEngine, apps: readonly App[] = [all.shop]): Promise<void> {
    const fresh = await all.start(`fresh-${Math.random()}`, apps)
    for (const one of apps) {
      const wanted = await states(fresh, one)
      let found: readonly string[] = []
      await until(`${wanted.join()} in place of ${found.join()}`, async () => {
        found = await states(running, one)
        return isDeepStrictEqual(found, wanted) ? true : undefined
      })
      assert.equal(running.report(one.name)?.verdict.outcome.status, fresh.report(one.name)?.verdict.outcome.status)
    }
    await fresh[Symbol.asyncDispose]()
  }

  test('nothing is listed but Secrets, and the verdict is that of before', async (t) => {
    const all = await world(t)
    await all.live(inSync)
    await all.live([configMap('b', 'edited')])
    const first = await all.start()
    assert.equal(first.report('shop')?.verdict.outcome.status, 'OutOfSync')
    await first[Symbol.asyncDispose]()
    assert.deepEqual(all.lists(), ['configmaps', 'roles', 'secrets', 'widgets'])
    assert.equal((await stat(all.saved())).mode & 0o777, 0o600)
    const second = await all.start()
    assert.deepEqual(all.lists(), ['secrets'], refusals(second).join())
    await assertAsFresh(all, second)
  })

  test('what changed, went and came meanwhile is in the first verdict', async (t) => {
    const all = await world(t)
    await all.live(inSync)
    await (await all.start())[Symbol.asyncDispose]()
    await all.live([configMap('a', 'edited'), configMap('undeclared', '1'), role('list'), widget('large')])
    await all.remove('ConfigMap', 'b')
    await all.remove('ConfigMap', 'c')
    await all.live([configMap('c', '1')])
    all.lists()
    const second = await all.start()
    assert.deepEqual(all.lists(), ['secrets'])
    const { objectCounts } = second.report('shop')?.verdict ?? {}
    assert.deepEqual([objectCounts?.missing, objectCounts?.changed], [1, 3])
    await assertAsFresh(all, second)
    await all.live([configMap('b', '1')])
    await second.until('shop', ({ verdict: later }) => later.objectCounts.missing === 0)
  })

  test('random changes while nobody looks leave no verdict that a fresh process would not have', {
    timeout: 300_000,
  }, async (t) => {
    const all = await world(t)
    const random = randomFrom(Number(process.env.SEED ?? 20_261_129))
    const pick = <Value>(values: readonly Value[]): Value | undefined => values[Math.floor(random() * values.length)]
    await all.live(inSync)
    for (let round = 0; round < Number(process.env.ROUNDS ?? 6); round += 1) {
      const running = await all.start()
      await assertAsFresh(all, running)
      const isSeen = random() < 0.5
      if (!isSeen) await running[Symbol.asyncDispose]()
      for (let change = 0; change < 8; change += 1) {
        const name = pick(NAMES) ?? 'a'
        await all.live([configMap(name, pick(['1', '2']) ?? '1')])
        if (random() < 0.4) await all.remove('ConfigMap', name)
        if (random() < 0.3) await all.live([role(pick(['get', 'list']) ?? 'get')])
        if (random() < 0.3) await all.live([secret(pick([CANARY, 'another-s3cret']) ?? '')])
        if (random() < 0.3) await all.live([widget(pick(['small', 'large']) ?? 'small')])
      }
      if (random() < 0.3)
        await all.fixture.commit('repository', {
          'shop/maps.json': listText(NAMES.map((name) => configMap(name, pick(['1', '2']) ?? '1'))),
        })
      if (isSeen) await running[Symbol.asyncDispose]()
    }
    const last = await all.start()
    await assertAsFresh(all, last)
  })

  test('versions that the server has forgotten are listed', async (t) => {
    const all = await world(t)
    await all.live(inSync)
    await (await all.start())[Symbol.asyncDispose]()
    await all.live([configMap('a', 'edited')])
    await all.remove('ConfigMap', 'b')
    await server.compact()
    // The server keeps events for its watches until it ends.
    await server.stop()
    await server.start()
    all.lists()
    const second = await all.start()
    assert.deepEqual(all.lists(), ['configmaps', 'roles', 'secrets', 'widgets'])
    assert.match(refusals(second).join(), /too old resource version|Expired|expired/)
    await assertAsFresh(all, second)
  })

  for (const [what, refusal] of Object.entries({
    'an error status': { status: 500, message: 'no' },
    'a refusal': { status: 400, message: 'no' },
  }))
    test(`where the server answers with ${what} in place of a stream, the kind is listed`, async (t) => {
      const all = await world(t)
      await all.live(inSync)
      await (await all.start())[Symbol.asyncDispose]()
      await all.live([configMap('a', 'edited')])
      const pass = all.proxy.refuse
      let refused = 0
      all.proxy.refuse = (url) => {
        const isResumed = url.searchParams.has('resourceVersion') && url.pathname.endsWith('/configmaps')
        if (!isResumed || refused++ > 3) return pass(url)
        return refusal
      }
      all.lists()
      const second = await all.start()
      assert.ok(all.lists().includes('configmaps'))
      await assertAsFresh(all, second)
    })

  test('an object of an app that is new, and one of an app that tracks, are found', async (t) => {
    const all = await world(t)
    await all.live([...inSync, configMap('other', 'edited')])
    await (await all.start())[Symbol.asyncDispose]()
    const other = app(all.fixture, { name: 'other' })
    const second = await all.start('state', [all.shop, other])
    assert.equal((await second.until('other', isEvaluated)).verdict.outcome.status, 'OutOfSync')
    assert.equal(all.lists().filter((kind) => kind === 'configmaps').length, 1, 'the object was got singly')
    await second[Symbol.asyncDispose]()
    const label = 'app.kubernetes.io/instance'
    const tracked = {
      ...configMap('left', '1'),
      metadata: { name: 'left', namespace: 'shop', labels: { [label]: 'tracking' } },
    }
    await all.live([tracked])
    const tracking = app(all.fixture, {
      ...{ name: 'tracking', path: 'other' },
      tracking: { method: 'label', labelKey: label, appName: 'tracking' },
    })
    const third = await all.start('state', [all.shop, tracking])
    await third.until('tracking', ({ verdict }) => verdict.objectCounts.extra === 1)
    await assertAsFresh(all, third, [all.shop, tracking])
  })

  test('nothing that is secret is in the file, and a changed Secret is seen', async (t) => {
    const all = await world(t)
    await all.live(inSync)
    await (await all.start())[Symbol.asyncDispose]()
    const bytes = await readFile(all.saved())
    for (const spelling of [CANARY, Buffer.from(CANARY).toString('base64').slice(0, -2), 'redacted:'])
      assert.equal(bytes.includes(spelling), false)
    const { readSavedLive } = await import('./saved-live.ts')
    const kinds = readSavedLive(bytes).flatMap((cluster) => cluster.kinds)
    assert.deepEqual(kinds.map(({ kind }) => kind).toSorted(), ['ConfigMap', 'Role', 'Widget'])
    await all.live([secret('another-s3cret')])
    const second = await all.start()
    assert.equal(second.report('shop')?.verdict.outcome.status, 'OutOfSync')
    await assertAsFresh(all, second)
  })

  test('a file that is cut, altered, of another version or old is not used, and all is listed', async (t) => {
    const all = await world(t)
    await all.live(inSync)
    await (await all.start())[Symbol.asyncDispose]()
    const kept = join(all.fixture.folder, 'kept')
    await copyFile(all.saved(), kept)
    const whole = await readFile(kept)
    const flipped = Buffer.from(whole)
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1
    await all.live([configMap('a', 'edited')])
    for (const [bytes, level] of [
      [whole.subarray(0, whole.length - 100), 'warn'],
      [whole.subarray(0, 10), 'warn'],
      [Buffer.alloc(0), 'warn'],
      [flipped, 'warn'],
      [Buffer.from(whole.toString('latin1').replace('live 2', 'live 1'), 'latin1'), 'warn'],
    ] as const) {
      await writeFile(all.saved(), bytes)
      all.lists()
      const running = await all.start()
      assert.deepEqual(all.lists(), ['configmaps', 'roles', 'secrets', 'widgets'])
      assert.ok(running.logged.some((line) => line.level === level && /what was live/.test(line.message)))
      assert.equal(running.report('shop')?.verdict.objectCounts.changed, 1)
      await running[Symbol.asyncDispose]()
    }
    await copyFile(kept, all.saved())
    all.fixture.clockAhead += 3_600_000
    all.lists()
    const late = await all.start()
    assert.deepEqual(all.lists(), ['configmaps', 'roles', 'secrets', 'widgets'])
    await late[Symbol.asyncDispose]()
  })

  test('what a process did not survive is not tried again', async (t) => {
    const all = await world(t)
    await all.live(inSync)
    await (await all.start())[Symbol.asyncDispose]()
    await writeFile(`${all.saved()}.tmp`, 'half')
    const second = await all.start()
    assert.deepEqual(
      (await readdir(join(all.fixture.folder, 'state'))).filter((name) => name.startsWith('live')),
      [],
    )
    await second[Symbol.asyncDispose]()
    await rm(all.saved())
    all.lists()
    await all.start()
    assert.deepEqual(all.lists(), ['configmaps', 'roles', 'secrets', 'widgets'])
  })

  test('a custom kind that was made anew with another schema is listed', async (t) => {
    const all = await world(t)
    await all.live(inSync)
    await (await all.start())[Symbol.asyncDispose]()
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.org'
    await server.admin.request('DELETE', path)
    await until('the kind to go', () =>
      server.admin.request('GET', path).then(
        () => undefined,
        () => true,
      ),
    )
    const text = JSON.stringify(CRD).replace('{"size":', '{"colour":{"type":"string","default":"red"},"size":')
    await server.admin.installCrds([JSON.parse(text)])
    await all.live([widget('large')])
    all.lists()
    const second = await all.start()
    await second.until('shop', ({ verdict }) => verdict.objectCounts.changed === 1)
    assert.ok(all.lists().includes('widgets'))
    await assertAsFresh(all, second)
  })

  test('an etcd that was made anew is another cluster', async (t) => {
    const all = await world(t)
    await all.live(inSync)
    await (await all.start())[Symbol.asyncDispose]()
    await server.stop()
    await server.startEmpty()
    await prepare()
    await all.live(inSync)
    await all.live([configMap('a', 'edited')])
    all.lists()
    const second = await all.start()
    assert.deepEqual(all.lists(), ['configmaps', 'roles', 'secrets', 'widgets'])
    assert.match(refusals(second).join(), /is another/)
    await assertAsFresh(all, second)
  })
})

const isEvaluated = ({ verdict }: { readonly verdict: { readonly outcome: { readonly status: string } } }): boolean =>
  verdict.outcome.status !== 'Unknown'

function refusals({ logged }: RunningEngine): readonly string[] {
  return logged.flatMap(({ message, fields }) => (message.includes('not resumed') ? [String(fields?.why)] : []))
}

function listText(items: readonly JsonObject[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

/** The same numbers for the same seed (a linear congruential generator). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
