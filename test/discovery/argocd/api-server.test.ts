import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { JsonObject } from '../../../src/model/json.ts'
import { type KubeApiServer, startKubeApiServer } from '../../servers/kube-apiserver.ts'
import { fleetFixture, isStatus, isUnknownFor, REPOSITORY_URL } from '../flux/fleet-world.ts'
import { application, applicationSet, argocdSecret, ENTRY, manifest, project, trackedConfigMap } from './resources.ts'
import { untilFleet } from './until-fleet.ts'
import { untilSets } from './until-sets.ts'

const READ = ['get', 'list', 'watch']
const CRDS = join(import.meta.dirname, 'crds')
const BURST = 2000
const AT_ONCE = 16

async function definitions(): Promise<readonly string[]> {
  const files = (await readdir(CRDS)).filter((name) => name.endsWith('.yaml.gz'))
  return Promise.all(files.map(async (file) => gunzipSync(await readFile(join(CRDS, file))).toString('utf8')))
}

async function started(t: TestContext): Promise<KubeApiServer> {
  const server = await startKubeApiServer()
  t.after(() => server.close())
  return server
}

/** May read what apps declare here, and on the control cluster what Argo CD works by. */
function reader(server: KubeApiServer) {
  return server.addUser('reader', {
    clusterRules: [
      { apiGroups: [''], resources: ['configmaps', 'secrets', 'namespaces'], verbs: READ },
      { apiGroups: ['argoproj.io'], resources: ['applications', 'applicationsets', 'appprojects'], verbs: READ },
    ],
  })
}

function trust({ caData }: KubeApiServer): JsonObject {
  return { caData: Buffer.from(caData).toString('base64') }
}

function clusterSecret(server: KubeApiServer, token: string): JsonObject {
  const tlsClientConfig = trust(server)
  return argocdSecret(
    'cluster',
    'prod',
    { name: 'prod', server: server.url, config: JSON.stringify({ bearerToken: token, tlsClientConfig }) },
    { environment: 'production' },
  )
}

test('Argo CD on a real API server, with a token that may only read', async (t) => {
  const [control, prod] = await Promise.all([started(t), started(t)])
  const { admin } = control
  await admin.installCrds(await definitions())
  for (const namespace of ['argocd', 'shop']) await control.kubectl(['create', 'namespace', namespace])
  await prod.kubectl(['create', 'namespace', 'shop'])
  const [controlReader, prodReader] = [await reader(control), await reader(prod)]
  const access = { type: 'kubeconfig', path: controlReader.kubeconfig } as const
  await using fixture = await fleetFixture([], [{ name: 'control', labels: {}, access }])
  await fixture.commit({ 'web/config.yaml': manifest('web') })
  const source = { repoURL: REPOSITORY_URL, targetRevision: 'main', path: 'web' }
  const resources = [
    project('default'),
    application('web'),
    clusterSecret(prod, prodReader.token),
    application('far', { source, destination: { name: 'prod', namespace: 'shop' } }),
  ]
  for (const resource of resources) await admin.apply(resource)
  await admin.apply(trackedConfigMap('web', 'web'), 'argocd-controller')
  await prod.admin.apply(trackedConfigMap('far', 'web'), 'argocd-controller')
  fixture.follow({ argocd: [{ ...ENTRY, trustedUrls: [`${prod.url}*`, `${control.url}*`] }] })
  await fixture.until('control/web', isStatus('Synced'))
  const { summary } = await fixture.until('control/far', isStatus('Synced'))
  assert.equal(summary.destination, 'prod')
  assert.equal(fixture.runtime.fleet.clusters.get('prod')?.labels.environment, 'production')

  await t.test('a live edit is drift, and its field manager is named', async () => {
    await control.kubectl(['patch', '-n', 'shop', 'cm', 'web', '-p', '{"data":{"key":"edited"}}'])
    const { verdict } = await fixture.until('control/web', isStatus('OutOfSync'))
    const [difference] = verdict.objects.flatMap(({ differences }) => differences)
    assert.deepEqual([difference?.path, difference?.actor?.manager], ['/data/key', 'kubectl-patch'])
    await admin.apply(trackedConfigMap('web', 'web'), 'argocd-controller')
    await fixture.until('control/web', isStatus('Synced'))
  })

  await t.test('credentials of a cluster Secret that are rotated are used', async () => {
    await admin.apply(clusterSecret(prod, 'not-a-token'))
    await fixture.until('control/far', isUnknownFor('GDE_CLUSTER_AUTH'))
    await admin.apply(clusterSecret(prod, prodReader.token))
    await fixture.until('control/far', isStatus('Synced'))
    assert.equal(fixture.report('control/web')?.verdict.outcome.status, 'Synced')
  })

  await t.test('a Secret that registers the control cluster under another name adds none', async () => {
    const config = { bearerToken: controlReader.token, tlsClientConfig: trust(control) }
    const again = { name: 'again', server: control.url, config: JSON.stringify(config) }
    await admin.apply(argocdSecret('cluster', 'again', again))
    await admin.apply(application('by-server', { source, destination: { server: control.url, namespace: 'shop' } }))
    const found = await fixture.until(
      'control/by-server',
      (report) => report.summary.destination === 'control' && isStatus('OutOfSync')(report),
    )
    assert.equal(found.verdict.objects[0]?.state, 'changed', 'it is the same object, with the mark of another app')
    assert.deepEqual([...fixture.runtime.fleet.clusters.keys()].toSorted(), ['control', 'prod'])
    await control.kubectl(['delete', '-n', 'argocd', 'application.argoproj.io', 'by-server'])
    await fixture.gone('control/by-server')
  })

  await t.test('an ApplicationSet is computed, and what it lacks is counted until it is there', async () => {
    const template = {
      metadata: { name: '{{name}}-web' },
      spec: { project: 'default', source, destination: { server: '{{server}}', namespace: 'shop' } },
    }
    const set = applicationSet('everywhere', { generators: [{ clusters: {} }], template })
    const { metadata } = await admin.apply(set)
    await untilSets(fixture, { everywhere: { missing: 3, stale: 0 } })
    const ownerReferences = [
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'ApplicationSet',
        name: 'everywhere',
        uid: (metadata as JsonObject).uid ?? '',
        controller: true,
      },
    ]
    for (const name of ['prod-web', 'old-web'])
      await admin.apply(application(name, { source }, { metadata: { ownerReferences } }))
    await untilSets(fixture, { everywhere: { missing: 2, stale: 1 } })
    await control.kubectl(['delete', '-n', 'argocd', 'secret', 'again'])
    await untilSets(fixture, { everywhere: { missing: 1, stale: 1 } })
    await control.kubectl(['delete', '-n', 'argocd', 'applicationset.argoproj.io', 'everywhere'])
    await untilSets(fixture, {})
  })

  await t.test(
    'a control cluster that is down for a while keeps its apps, and is followed when it is back',
    async () => {
      await control.stop()
      const { fleet } = fixture.runtime
      const isReported = () => fleet.problems.some(({ subject }) => subject === 'argocd in control')
      await untilFleet(fixture.runtime, isReported, () => fleet.problems)
      assert.notEqual(fixture.report('control/web'), undefined)
      assert.equal(fixture.report('control/far')?.verdict.outcome.status, 'Synced')
      await control.start()
      await admin.apply(application('later', { source }))
      await fixture.until('control/later', isStatus('OutOfSync'))
      assert.notEqual(fixture.report('control/web'), undefined)
    },
  )

  await t.test('two thousand Applications at once are all found and evaluated, and all go again', async () => {
    const names = Array.from({ length: BURST }, (_, index) => `burst-${index}`)
    const waiting = [...names]
    const labels = { burst: 'true' }
    const create = async (): Promise<void> => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
        await admin.apply(application(name, { source }, { metadata: { labels } }))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, create))
    const evaluated = (): number =>
      [...fixture.runtime.fleet.apps.values()].filter(
        ({ summary: { name }, verdict }) => name.startsWith('burst-') && verdict.outcome.status !== 'Unknown',
      ).length
    await untilFleet(fixture.runtime, () => evaluated() === BURST, evaluated)
    await control.kubectl(['delete', '-n', 'argocd', 'applications.argoproj.io', '-l', 'burst=true', '--wait=false'])
    const left = (): number =>
      [...fixture.runtime.fleet.apps.values()].filter(({ summary: { name } }) => name.startsWith('burst-')).length
    await untilFleet(fixture.runtime, () => left() === 0, left)
    assert.notEqual(fixture.report('control/web'), undefined)
  })
})
