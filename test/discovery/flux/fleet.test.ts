import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import { readYamlDocuments } from '../../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import { declaredValues } from './example-releases.ts'
import {
  type FleetFixture,
  fleetFixture,
  isStatus,
  isUnknownFor,
  NO_RULES,
  REPOSITORY_URL,
  releaseSecret,
} from './fleet-world.ts'
import { gitRepository } from './resources.ts'

/** fluxcd/flux2-kustomize-helm-example: two clusters over one repository. */
const CORPUS = join(import.meta.dirname, '../../render/corpus')
const EXAMPLE = join(CORPUS, 'flux2-kustomize-helm-example')
const CLUSTERS = ['production', 'staging']
const KUSTOMIZATIONS = ['apps', 'infra-controllers', 'infra-configs']
const RELEASES = [
  { name: 'podinfo', namespace: 'podinfo' },
  { name: 'cert-manager', namespace: 'cert-manager' },
  { name: 'envoy-gateway', namespace: 'envoy-gateway-system' },
]
const FLUX = CLUSTERS.map((cluster) => ({ cluster, namespaces: ['*'], ...NO_RULES }))

async function kustomizationsOf(cluster: string): Promise<readonly KubernetesObject[]> {
  const texts = await Promise.all(
    ['apps.yaml', 'infrastructure.yaml'].map((file) => readFile(join(EXAMPLE, 'clusters', cluster, file), 'utf8')),
  )
  return texts
    .flatMap((text) => readYamlDocuments(text))
    .flatMap(({ value }) => (value === null ? [] : [asKubernetesObject(value)]))
}

/** The parts that the example lets another controller copy together, taken from the repository itself. */
function fromRepository(cluster: string, object: KubernetesObject): KubernetesObject {
  const spec = isJsonObject(object.spec) ? object.spec : {}
  const folder = object.metadata.name === 'apps' ? 'apps' : 'infrastructure'
  const path = folder === 'apps' ? `./apps/${cluster}` : `./infrastructure/${String(spec.path)}`
  return { ...object, spec: { ...spec, path, sourceRef: { kind: 'GitRepository', name: 'fleet' } } }
}

/** Makes live what an app wants, as its controller would. */
async function apply(fixture: FleetFixture, cluster: string, name: string): Promise<void> {
  const report = fixture.report(`${cluster}/${name}`)
  assert.ok(report !== undefined)
  const objects = await fixture.runtime.desired(report.summary.id)
  await fixture.live(
    cluster,
    `live-${name}.yaml`,
    objects.map(({ object }) => object),
  )
}

test('sources that another controller makes are Unknown, all of them by name', async () => {
  await using fixture = await fleetFixture(CLUSTERS)
  await fixture.copy(EXAMPLE)
  await fixture.commit({})
  const artifacts = ['apps', 'infrastructure'].map((name) => ({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'ExternalArtifact',
    metadata: { name, namespace: 'flux-system' },
  }))
  for (const cluster of CLUSTERS) {
    await fixture.live(cluster, 'flux.yaml', await kustomizationsOf(cluster))
    await fixture.live(cluster, 'artifacts.yaml', artifacts)
  }
  fixture.follow({ flux: FLUX })
  for (const cluster of CLUSTERS)
    for (const name of KUSTOMIZATIONS) await fixture.until(`${cluster}/${name}`, isUnknownFor('GDE_FLUX_ARTIFACT'))
  const dependsOn = KUSTOMIZATIONS.map((name) => fixture.report(`production/${name}`)?.summary.dependsOn)
  assert.deepEqual(dependsOn, [['infra-configs'], undefined, ['infra-controllers']])
})

test('both clusters, all Kustomizations and HelmReleases', async (t) => {
  await using fixture = await fleetFixture(CLUSTERS)
  await fixture.copy(EXAMPLE)
  await fixture.commit({})
  const manifest = await readFile(join(CORPUS, 'expected/podinfo-chart.yaml'), 'utf8')
  for (const cluster of CLUSTERS) {
    const resources: readonly JsonObject[] = (await kustomizationsOf(cluster)).map((one) =>
      fromRepository(cluster, one),
    )
    await fixture.live(cluster, 'flux.yaml', [...resources, gitRepository({ url: REPOSITORY_URL })])
    for (const { name, namespace } of RELEASES) {
      const other = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: b}\n`
      const config = await declaredValues(cluster, name)
      const text = name === 'podinfo' ? manifest : other
      const installed = releaseSecret(namespace, name, 2, text, 'deployed', { config })
      await fixture.live(cluster, `release-${name}.yaml`, [installed])
    }
  }
  fixture.follow({ flux: FLUX, helm: CLUSTERS.map((cluster) => ({ cluster, namespaces: ['*'] })) })

  for (const cluster of CLUSTERS) {
    for (const name of KUSTOMIZATIONS)
      await fixture.until(`${cluster}/${name}`, ({ verdict }) => verdict.evaluatedAt !== undefined)
    for (const name of KUSTOMIZATIONS) await apply(fixture, cluster, name)
    for (const { name } of RELEASES) {
      await fixture.until(
        `${cluster}/${name}`,
        ({ summary, verdict }) => summary.controller === 'flux' && verdict.evaluatedAt !== undefined,
      )
      await apply(fixture, cluster, name)
    }
  }
  for (const cluster of CLUSTERS)
    for (const name of [...KUSTOMIZATIONS, ...RELEASES.map((release) => release.name)])
      await fixture.until(`${cluster}/${name}`, isStatus('Synced'))

  await t.test('a release that a HelmRelease owns is no app of its own', () => {
    const controllers = [...fixture.runtime.fleet.apps.values()].map(({ summary }) => summary.controller)
    assert.deepEqual([...new Set(controllers)], ['flux'])
    assert.equal(controllers.length, CLUSTERS.length * (KUSTOMIZATIONS.length + RELEASES.length))
  })

  await t.test('an edit in one cluster is that cluster’s drift', async () => {
    const podinfo = await fixture.runtime.desired(idOf(fixture, 'staging/podinfo'))
    const edited = podinfo.map(({ object }) => (object.kind === 'Deployment' ? scaled(object, 7) : object))
    await fixture.live('staging', 'live-podinfo.yaml', edited)
    const { verdict } = await fixture.until('staging/podinfo', isStatus('OutOfSync'))
    assert.deepEqual(
      verdict.objects.map(({ key, differences }) => [key.kind, differences.map(({ path }) => path)]),
      [['Deployment', ['/spec/replicas']]],
    )
    assert.equal(fixture.report('production/podinfo')?.verdict.outcome.status, 'Synced')
  })

  await t.test('a commit moves the cluster that it is for', async () => {
    const values = await readFile(join(EXAMPLE, 'apps/production/podinfo-values.yaml'), 'utf8')
    await fixture.commit({
      'apps/production/podinfo-values.yaml': values.replace('podinfo.production', 'podinfo.example'),
    })
    const { verdict } = await fixture.until('production/apps', isStatus('OutOfSync'))
    assert.deepEqual(verdict.outcome, { status: 'OutOfSync', cause: 'git' })
    assert.equal(fixture.report('staging/apps')?.verdict.outcome.status, 'Synced')
  })
})

function idOf(fixture: FleetFixture, name: string) {
  const report = fixture.report(name)
  assert.ok(report !== undefined)
  return report.summary.id
}

function scaled(deployment: KubernetesObject, replicas: number): KubernetesObject {
  return { ...deployment, spec: { ...(isJsonObject(deployment.spec) ? deployment.spec : {}), replicas } }
}
