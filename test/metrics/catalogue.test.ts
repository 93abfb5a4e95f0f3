import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { appReport, clusterReport, repositoryStatus } from './reports.ts'
import { testFleet } from './test-fleet.ts'

const names = CATALOGUE.map(({ name }) => name)

test('names are distinct and follow the rules of Prometheus', () => {
  assert.equal(new Set(names).size, names.length)
  for (const { name, type } of CATALOGUE) {
    assert.match(name, /^(gitops|argocd)_[a-z0-9_]+$/)
    assert.equal(name.endsWith('_total'), type === 'counter', name)
  }
})

test('no label is one that belongs to the target', () => {
  const ofTheTarget = ['app', 'cluster', 'env', 'region', 'namespace', 'job', 'instance']
  for (const { name, labels } of CATALOGUE) {
    assert.equal(new Set(labels).size, labels.length, name)
    for (const label of labels) {
      assert.match(label, /^([a-z][a-z_]*|label_\*)$/)
      assert.ok(name === 'argocd_app_info' || !ofTheTarget.includes(label), `${name} has ${label}`)
    }
  }
})

test('every series of an app says which app', () => {
  const identity = ['app_name', 'app_namespace', 'app_kind', 'app_cluster', 'controller', 'dest_cluster']
  for (const { name, labels } of CATALOGUE.filter((entry) => /^(gitops_app_|argocd_app_)/.test(entry.name)))
    assert.deepEqual(labels.slice(0, identity.length), identity, name)
})

test('what is on /metrics is in the catalogue, and the other way round but for what nothing feeds yet', async () => {
  const fleet = testFleet(
    { type: 'app', report: appReport('shop') },
    { type: 'cluster', report: clusterReport('prod-us') },
    { type: 'repository', status: repositoryStatus('a') },
  )
  const metrics = createMetrics(fleet, {
    version: '1.2.3',
    appLabels: [],
    argocdCompatibility: true,
    onError: (error) => {
      throw error
    },
  })
  await metrics.flushed()
  const { chunks } = await metrics.scrape({ accept: undefined, acceptEncoding: undefined })
  metrics.close()
  const served = [
    ...Buffer.concat(chunks)
      .toString()
      .matchAll(/^# TYPE (\S+)/gm),
  ].map((match) => match[1] ?? '')
  const own = served.filter((name) => !/^(process|nodejs)_/.test(name))
  const fed = CATALOGUE.filter(({ presence }) => presence !== 'not yet').map(({ name }) => name)
  assert.deepEqual(own.toSorted(), fed.toSorted())
})
