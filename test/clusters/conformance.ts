import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compileSchemas } from '../../src/kubernetes/openapi/openapi.ts'
import { isRedacted } from '../../src/kubernetes/redaction.ts'
import type { ClusterConnector } from '../../src/model/clusters/cluster.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { CodedError } from '../../src/model/failure.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { definitionOf } from '../servers/custom-resource-definition.ts'
import { collect, observe } from './collect.ts'

/** One real cluster behind a connector, and a hand that changes what is in it. */
export interface ClusterUnderTest extends AsyncDisposable {
  readonly connector: ClusterConnector
  readonly kubeVersion: RegExp
  /** The code that a kind has which the cluster knows nothing of. */
  readonly unknownKind: ErrorCode
  /** The code that a loss of contact has. */
  readonly lost: ErrorCode
  put(object: KubernetesObject): Promise<void>
  remove(object: KubernetesObject): Promise<void>
  /** Makes every object of the kind unreadable, and readable again. */
  disconnect(): Promise<void>
  reconnect(): Promise<void>
}

export function object(kind: string, namespace: string, name: string, more: JsonObject = {}): KubernetesObject {
  const { metadata, ...rest } = more
  const place = namespace === '' ? { name } : { name, namespace }
  return { apiVersion: 'v1', kind, metadata: { ...place, ...(metadata as JsonObject | undefined) }, ...rest }
}

const CONFIG_MAP = { group: '', kind: 'ConfigMap' }
const SECRET = { group: '', kind: 'Secret' }
const WIDGET = { group: 'example.com', kind: 'Widget' }
const NEVER = new AbortController().signal

const WIDGET_CRD = definitionOf({
  ...{ group: 'example.com', kind: 'Widget', scope: 'Namespaced' },
  spec: { size: { type: 'integer', format: 'int64' } },
})

async function codeOf(work: Promise<unknown>): Promise<ErrorCode> {
  const thrown = await work.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof CodedError, String(thrown))
  return thrown.failure.code
}

/** What every connector owes whoever uses it. The namespaces `shop` and `other` are there. */
export function describeConnector(name: string, skip: string | false, start: () => Promise<ClusterUnderTest>): void {
  describe(name, { skip }, () => {
    let cluster: ClusterUnderTest
    const connector = () => cluster.connector

    test('nothing is known of it before it is asked', async () => {
      cluster = await start()
      assert.equal(connector().status().up, false)
      assert.equal(connector().status().lastContact, undefined)
    })

    test('it says its version and what it serves', async () => {
      const { kubeVersion, kind, apiVersions } = await connector().capabilities(NEVER)
      assert.match(kubeVersion, cluster.kubeVersion)
      const deployment = kind({ group: 'apps', kind: 'Deployment' })
      assert.equal(deployment?.resource, 'deployments')
      assert.equal(deployment?.versions[0], 'v1')
      assert.equal(deployment?.namespaced, true)
      assert.equal(kind({ group: '', kind: 'Namespace' })?.namespaced, false)
      for (const one of ['v1', 'v1/Pod', 'apps/v1', 'apps/v1/Deployment']) assert.ok(apiVersions.includes(one), one)
      assert.deepEqual(apiVersions, apiVersions.toSorted())
      const { up, lastContact } = connector().status()
      assert.equal(up, true)
      assert.ok(lastContact !== undefined && lastContact > 1_700_000_000)
    })

    test('it tells what is there, Synced, and then each change', async () => {
      await cluster.put(object('ConfigMap', 'shop', 'first', { data: { a: '1' } }))
      await using observation = observe(connector(), CONFIG_MAP, { namespaces: ['shop'] })
      const initial = await observation.until('Synced')
      assert.ok(initial.includes('Upsert shop/first'))
      await cluster.put(object('ConfigMap', 'shop', 'second', { data: { a: '1' } }))
      assert.deepEqual(await observation.until('Upsert shop/second'), ['Upsert shop/second'])
      await cluster.put(object('ConfigMap', 'shop', 'first', { data: { a: '2' } }))
      assert.deepEqual(await observation.until('Upsert shop/first'), ['Upsert shop/first'])
      const last = observation.events.at(-1)
      assert.deepEqual(last?.type === 'Upsert' ? last.object.data : undefined, { a: '2' })
      await cluster.remove(object('ConfigMap', 'shop', 'second'))
      assert.deepEqual(await observation.until('Delete shop/second'), ['Delete shop/second'])
      assert.deepEqual(observation.events.at(-1), {
        type: 'Delete',
        key: { ...CONFIG_MAP, namespace: 'shop', name: 'second' },
      })
    })

    test('an observation ends when its signal says so, and others go on', async () => {
      const stopped = observe(connector(), CONFIG_MAP, { namespaces: ['shop'] })
      await using other = observe(connector(), CONFIG_MAP, { namespaces: ['shop'] })
      await stopped.until('Synced')
      await other.until('Synced')
      await stopped.stop()
      assert.equal(stopped.eventTexts.at(-1), 'Ended')
      await cluster.put(object('ConfigMap', 'shop', 'third', { data: {} }))
      await other.until('Upsert shop/third')
    })

    test('only the namespaces asked for are told', async () => {
      await cluster.put(object('ConfigMap', 'other', 'elsewhere', { data: {} }))
      await using some = observe(connector(), CONFIG_MAP, { namespaces: ['shop'] })
      assert.ok(!(await some.until('Synced')).includes('Upsert other/elsewhere'))
      await using both = observe(connector(), CONFIG_MAP, { namespaces: ['shop', 'other'] })
      const eventTexts = await both.until('Synced')
      assert.ok(eventTexts.includes('Upsert other/elsewhere') && eventTexts.includes('Upsert shop/first'))
      await using all = observe(connector(), CONFIG_MAP)
      assert.ok((await all.until('Synced')).includes('Upsert other/elsewhere'))
    })

    test('selectors of labels and fields hold', async () => {
      const labelled = (name: string, tier: string) =>
        object('ConfigMap', 'shop', name, { metadata: { labels: { tier, selected: 'yes' } } })
      await cluster.put(labelled('web', 'front'))
      await cluster.put(labelled('store', 'back'))
      const eventsWith = async (options: { labelSelector?: string; fieldSelector?: string }) => {
        await using observation = observe(connector(), CONFIG_MAP, { namespaces: ['shop'], ...options })
        return (await observation.until('Synced')).filter((eventText) => /shop\/(web|store)/.test(eventText)).sort()
      }
      assert.deepEqual(await eventsWith({ labelSelector: 'tier=front' }), ['Upsert shop/web'])
      assert.deepEqual(await eventsWith({ labelSelector: 'selected,tier!=front' }), ['Upsert shop/store'])
      assert.deepEqual(await eventsWith({ labelSelector: 'tier in (front, back),selected=yes' }), [
        'Upsert shop/store',
        'Upsert shop/web',
      ])
      assert.deepEqual(await eventsWith({ labelSelector: 'tier notin (front),!absent' }), ['Upsert shop/store'])
      assert.deepEqual(await eventsWith({ fieldSelector: 'metadata.name=web' }), ['Upsert shop/web'])
      assert.deepEqual(await eventsWith({ fieldSelector: 'metadata.name!=web,metadata.namespace=shop' }), [
        'Upsert shop/store',
      ])
    })

    test('an object that leaves a selection is deleted from it', async () => {
      const web = (tier: string) => object('ConfigMap', 'shop', 'moving', { metadata: { labels: { moving: tier } } })
      await cluster.put(web('in'))
      await using observation = observe(connector(), CONFIG_MAP, { namespaces: ['shop'], labelSelector: 'moving=in' })
      await observation.until('Synced')
      await cluster.put(web('out'))
      assert.deepEqual(await observation.until('Delete shop/moving'), ['Delete shop/moving'])
    })

    test('one object can be asked for', async () => {
      const found = await connector().get({ ...CONFIG_MAP, namespace: 'shop', name: 'first' }, NEVER)
      assert.deepEqual(found?.data, { a: '2' })
      assert.equal(found?.apiVersion, 'v1')
      assert.equal(found?.kind, 'ConfigMap')
      assert.equal(await connector().get({ ...CONFIG_MAP, namespace: 'shop', name: 'no-such' }, NEVER), undefined)
    })

    test('Secrets come out redacted, and in the clear only as confidential ones', async () => {
      const value = Buffer.from('hunter2').toString('base64')
      await cluster.put(
        object('Secret', 'shop', 'login', {
          type: 'Opaque',
          data: { password: value },
          metadata: { labels: { l: 'm' } },
        }),
      )
      const key = { ...SECRET, namespace: 'shop', name: 'login' }
      const redacted = await connector().get(key, NEVER)
      const data = redacted?.data as JsonObject
      assert.ok(isRedacted(data.password))
      await using observation = observe(connector(), SECRET, { namespaces: ['shop'] })
      await observation.until('Synced')
      assert.ok(!JSON.stringify(observation.events).includes(value))
      assert.ok(!JSON.stringify(observation.events).includes('hunter2'))

      const secret = await connector().readSecret('shop', 'login', NEVER)
      assert.equal(secret?.data.password?.reveal(), 'hunter2')
      assert.equal(secret?.type, 'Opaque')
      assert.deepEqual(secret?.labels, { l: 'm' })
      assert.ok(!JSON.stringify(secret).includes('hunter2'))
      assert.equal(await connector().readSecret('shop', 'no-such', NEVER), undefined)
    })

    test('confidential Secrets are observed like any other objects', async () => {
      const secret = (label: string, value: string) =>
        object('Secret', 'shop', 'repo', { stringData: { url: value }, metadata: { labels: { role: label } } })
      await cluster.put(secret('repository', 'https://one'))
      const urls: string[] = []
      await using observation = collect(
        (signal) => connector().observeSecrets({ namespaces: ['shop'], labelSelector: 'role=repository' }, signal),
        (event) => {
          if (event.type === 'Upsert') urls.push(event.secret.data.url?.reveal() ?? '')
          return event.type === 'Upsert' ? `Upsert ${event.secret.name}` : event.type
        },
      )
      assert.deepEqual(await observation.until('Synced'), ['Upsert repo', 'Synced'])
      await cluster.put(secret('repository', 'https://two'))
      await observation.until('Upsert repo')
      assert.deepEqual(urls, ['https://one', 'https://two'])
      await cluster.remove(secret('repository', ''))
      await observation.until('Delete')
    })

    test('a kind of which nothing is known ends the observation', async () => {
      await using observation = observe(connector(), WIDGET)
      await observation.until(`Ended ${cluster.unknownKind}`)
      assert.match(observation.failure?.message ?? '', /Widget\.example\.com/)
      const key = { ...WIDGET, namespace: 'shop', name: 'w' }
      assert.equal(await codeOf(connector().get(key, NEVER)), cluster.unknownKind)
      assert.equal((await connector().capabilities(NEVER)).kind(WIDGET), undefined)
      assert.equal(await connector().openapi('example.com', 'v1', NEVER), undefined)
    })

    test('a kind whose CRD comes is served from then on, with its schema, and integers are exact', async () => {
      const before = await connector().capabilities(NEVER)
      await cluster.put(WIDGET_CRD)
      await cluster.put({
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        metadata: { name: 'w', namespace: 'shop' },
        spec: { size: 9_007_199_254_740_993n },
      })
      let capabilities = await connector().capabilities(NEVER)
      while (capabilities.kind(WIDGET) === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        capabilities = await connector().capabilities(NEVER)
      }
      assert.notEqual(capabilities.version, before.version)
      assert.equal(capabilities.kind(WIDGET)?.namespaced, true)
      assert.ok(capabilities.apiVersions.includes('example.com/v1/Widget'))
      await using observation = observe(connector(), WIDGET)
      assert.deepEqual(await observation.until('Synced'), ['Upsert shop/w', 'Synced'])
      const [event] = observation.events
      const spec = event?.type === 'Upsert' ? (event.object.spec as JsonObject) : undefined
      assert.equal(spec?.size, 9_007_199_254_740_993n)
      let schemas = await connector().openapi('example.com', 'v1', NEVER)
      while (schemas === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        schemas = await connector().openapi('example.com', 'v1', NEVER)
      }
      assert.notEqual(schemas.hash, '')
      const { document, isProven } = await schemas.read(NEVER)
      assert.equal(isProven, true)
      assert.equal(document.paths, undefined)
      const index = compileSchemas([{ group: 'example.com', version: 'v1', document }])
      assert.ok(index.kind('example.com', 'v1', 'Widget')?.fields.has('spec'))
    })

    test('a kind of its own is complete without any object of it', async () => {
      await cluster.remove({ ...object('Widget', 'shop', 'w'), apiVersion: 'example.com/v1' })
      await using observation = observe(connector(), WIDGET)
      await observation.until(cluster.unknownKind === 'GDE_SNAPSHOT_KIND' ? 'Ended GDE_SNAPSHOT_KIND' : 'Synced')
    })

    test('its identity stays the same', async () => {
      const identity = await connector().identity(NEVER)
      assert.ok(identity.length > 0)
      assert.equal(await connector().identity(NEVER), identity)
    })

    test('contact that is lost is told with its reason, and all is told anew when it is there again', async () => {
      await using observation = observe(connector(), CONFIG_MAP, { namespaces: ['shop'] })
      await observation.until('Synced')
      await cluster.disconnect()
      await observation.until(`Lost ${cluster.lost}`)
      const event = observation.events.findLast(({ type }) => type === 'Lost')
      assert.equal(event?.type === 'Lost' ? event.failure.cluster : '', connector().name)
      assert.equal(connector().status().up, false)
      await cluster.reconnect()
      const again = await observation.until('Synced')
      assert.ok(again.includes('Upsert shop/first'))
      assert.equal(connector().status().up, true)
    })

    test('after it is closed nothing goes on', async () => {
      const observation = observe(connector(), CONFIG_MAP)
      await observation.until('Synced')
      await connector().close()
      await observation.stop()
      assert.equal(observation.eventTexts.at(-1), 'Ended')
      await assert.rejects(connector().get({ ...CONFIG_MAP, namespace: 'shop', name: 'first' }, NEVER))
      await cluster[Symbol.asyncDispose]()
    })
  })
}
