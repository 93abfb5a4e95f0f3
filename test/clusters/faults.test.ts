import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connectCluster } from '../../src/clusters/connect.ts'
import type { ClusterConnector } from '../../src/model/clusters/cluster.ts'
import type { Json } from '../../src/model/json.ts'
import { until } from '../commands/until.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'
import { observe } from './collect.ts'
import { object } from './conformance.ts'

/** What happens to real clusters, on a real API server. A server that hangs, and lists and watches that break, are in the tests beside. */
describe('faults of a real API server', { skip: skipWithout('etcd', 'kube-apiserver', 'kubectl') }, () => {
  const CONFIG_MAP = { group: '', kind: 'ConfigMap' }
  let server: KubeApiServer
  before(async () => {
    server = await startKubeApiServer()
    await server.admin.apply(object('Namespace', '', 'shop'))
  })
  after(() => server.close())

  async function connect(t: TestContext): Promise<ClusterConnector> {
    const limits = {
      missingKindAge: 50,
      firstPause: 20,
      lostAfter: 500,
      connect: 1000,
      answer: 5000,
      discoveryAge: 200,
    }
    const access = { type: 'kubeconfig', path: await server.kubeconfig() } as const
    const connector = connectCluster(
      { name: 'real', labels: {}, access },
      { redactionKey: randomBytes(32), server: limits },
    )
    t.after(() => connector.close())
    return connector
  }

  test('a server that comes back with everything lost is believed, and what it had is told to be gone', async (t) => {
    const connector = await connect(t)
    // The versions that were seen are far beyond those that begin anew.
    for (let version = 0; version < 50; version += 1)
      await server.admin.apply({ ...object('ConfigMap', 'shop', 'lost'), data: { version: String(version) } })
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    await server.stop()
    await observation.until('Lost GDE_CLUSTER_UNREACHABLE')
    await server.startEmpty()
    await server.admin.apply(object('Namespace', '', 'shop'))
    await server.admin.apply(object('ConfigMap', 'shop', 'anew'))
    await until('the new object', async () => (observation.eventTexts.includes('Upsert shop/anew') ? true : undefined))
    await until('a complete list', async () =>
      observation.eventTexts.lastIndexOf('Synced') > observation.eventTexts.lastIndexOf('Lost GDE_CLUSTER_UNREACHABLE')
        ? true
        : undefined,
    )
    const since = observation.eventTexts.slice(observation.eventTexts.lastIndexOf('Lost GDE_CLUSTER_UNREACHABLE'))
    // After a loss all that is there is told again: what is not told is gone.
    assert.ok(!since.includes('Upsert shop/lost'), since.join())
  })

  test('a kind that is deleted and made anew with another version is read in that version', async (t) => {
    const crd = (version: string): Record<string, Json> => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.org' },
      spec: {
        group: 'example.org',
        scope: 'Cluster',
        names: { kind: 'Widget', plural: 'widgets' },
        versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    })
    const widget = (version: string) => ({
      apiVersion: `example.org/${version}`,
      kind: 'Widget',
      metadata: { name: `of-${version}` },
    })
    const kind = { group: 'example.org', kind: 'Widget' }
    await server.admin.installCrds([crd('v1')])
    await server.admin.apply(widget('v1'))
    const connector = await connect(t)
    {
      await using observation = observe(connector, kind)
      assert.deepEqual(await observation.until('Synced'), ['Upsert /of-v1', 'Synced'])
      await server.admin.request(
        'DELETE',
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.org',
      )
      await observation.until('Ended GDE_CLUSTER_KIND')
    }
    await until('the CRD to be gone', async () => {
      const { stdout } = await server.kubectl(['get', 'crd', '--output=name'])
      return stdout.includes('widgets') ? undefined : true
    })
    await server.admin.installCrds([crd('v2')])
    await server.admin.apply(widget('v2'))
    await until('the kind in its new version', async () => {
      await using observation = observe(connector, kind)
      await until('an end', async () =>
        observation.eventTexts.includes('Synced') || observation.failure !== undefined ? true : undefined,
      )
      return observation.eventTexts.includes('Upsert /of-v2') ? true : undefined
    })
  })

  test('an object that is being deleted and cannot go is told as it is, until it goes', async (t) => {
    const connector = await connect(t)
    const stuck = { ...object('ConfigMap', 'shop', 'stuck') }
    await server.admin.apply(stuck)
    await server.kubectl([
      'patch',
      'configmap',
      'stuck',
      '--namespace=shop',
      '--type=merge',
      '--patch={"metadata":{"finalizers":["example.org/wait"]}}',
    ])
    await using observation = observe(connector, CONFIG_MAP, { namespaces: ['shop'] })
    await observation.until('Synced')
    await server.kubectl(['delete', 'configmap', 'stuck', '--namespace=shop', '--wait=false'])
    assert.deepEqual(await observation.until('Upsert shop/stuck'), ['Upsert shop/stuck'])
    await server.kubectl([
      'patch',
      'configmap',
      'stuck',
      '--namespace=shop',
      '--type=merge',
      '--patch={"metadata":{"finalizers":null}}',
    ])
    assert.deepEqual(await observation.until('Delete shop/stuck'), ['Delete shop/stuck'])
  })
})
