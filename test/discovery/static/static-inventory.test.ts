import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '../../../src/config/load-config.ts'
import { staticInventory } from '../../../src/discovery/static/static-inventory.ts'
import type { Inventory } from '../../../src/model/apps/inventory.ts'

const CLUSTERS = `
clusters:
  - { name: us-1, labels: { environment: prod, region: us-east }, kubeconfig: { path: us-1 } }
  - { name: us-2, labels: { environment: prod, region: us-west }, kubeconfig: { path: us-2 } }
  - { name: eu-1, labels: { environment: prod, region: eu-west }, kubeconfig: { path: eu-1 } }
  - { name: test, labels: { environment: test }, kubeconfig: { path: test } }
`

function inventoryOf(text: string): Inventory {
  return staticInventory(parseConfig(`${CLUSTERS}${text}`, '/etc/gitops/config.yaml'))
}

test('a cluster selector makes one app in each cluster that it matches', () => {
  const { apps } = inventoryOf(`
apps:
  - name: shop
    source: { repository: "https://git.example.com/a.git" }
    destination:
      clusterSelector:
        matchLabels: { environment: prod }
        matchExpressions: [{ key: region, operator: In, values: [us-east, us-west] }]
`)
  assert.deepEqual(
    apps.map(({ id }) => id),
    ['static|App|||shop|us-1', 'static|App|||shop|us-2'],
  )
})

test('a cluster selector that matches nothing is a problem, not an app', () => {
  const { apps, problems } = inventoryOf(`
apps:
  - name: shop
    source: { repository: "https://git.example.com/a.git" }
    destination: { clusterSelector: { matchLabels: { environment: produktion } } }
`)
  assert.deepEqual(apps, [])
  assert.deepEqual(
    problems.map(({ subject, failure }) => [subject, failure.code]),
    [['app shop', 'GDE_CLUSTER_UNKNOWN']],
  )
})

test('apps of one repository share its mirror, however its URL is spelled', () => {
  const { apps, repositories } = inventoryOf(`
apps:
  - { name: a, source: { repository: "https://git.example.com/p.git" }, destination: { cluster: test } }
  - { name: b, source: { repository: "https://GIT.example.com/p" }, destination: { cluster: test } }
  - { name: c, source: { repository: "https://git.example.com/q" }, destination: { cluster: test } }
`)
  assert.equal(repositories.length, 2)
  const [a, b, c] = apps.map(({ sources }) => sources[0]?.repository)
  assert.equal(a, b)
  assert.notEqual(a, c)
})

test('other credentials are another mirror', () => {
  const of = (file: string) =>
    inventoryOf(`
repositories: [{ url: "https://git.example.com/p.git", credentials: { passwordFile: ${file} } }]
apps: [{ name: a, source: { repository: "https://git.example.com/p.git" }, destination: { cluster: test } }]
`).repositories[0]?.id
  assert.notEqual(of('one'), of('two'))
})

test('the longest rewrite wins, and credentials may stand at the rewritten URL', () => {
  const { repositories } = inventoryOf(`
rewrites:
  - { match: "git@git.example.com:", fetchFrom: "https://git.example.com/" }
  - { match: "git@git.example.com:team/", fetchFrom: "file:mirrors/" }
repositories:
  - { url: "https://git.example.com/platform.git", credentials: { tokenFile: token }, pollInterval: 1m }
apps:
  - { name: a, source: { repository: "git@git.example.com:platform.git" }, destination: { cluster: test } }
  - { name: b, source: { repository: "git@git.example.com:team/b.git" }, destination: { cluster: test } }
`)
  assert.deepEqual(
    repositories.map(({ url, fetchUrl, credentials, pollIntervalSeconds }) => [
      url,
      fetchUrl,
      credentials.type,
      pollIntervalSeconds,
    ]),
    [
      ['git@git.example.com:platform.git', 'https://git.example.com/platform.git', 'bearerFile', 60],
      ['git@git.example.com:team/b.git', 'file:///etc/gitops/mirrors/b.git', 'none', 30],
    ],
  )
})

test('fetchFrom of the repository wins over rewrites', () => {
  const { repositories } = inventoryOf(`
rewrites: [{ match: "https://git.example.com/", fetchFrom: "https://mirror.example.com/" }]
repositories: [{ url: "https://git.example.com/p.git", fetchFrom: "file:///srv/p" }]
apps: [{ name: a, source: { repository: "https://git.example.com/p" }, destination: { cluster: test } }]
`)
  assert.deepEqual(
    repositories.map(({ fetchUrl }) => fetchUrl),
    ['file:///srv/p'],
  )
})

test('a repository that cannot be read makes its app Unknown, and no other', () => {
  const { apps, repositories } = inventoryOf(`
apps:
  - { name: a, source: { repository: "git@git.example.com:a.git" }, destination: { cluster: test } }
  - { name: b, source: { repository: "https://git.example.com/b.git" }, destination: { cluster: test } }
  - { name: c, source: { repository: "oci://git.example.com/c" }, destination: { cluster: test } }
`)
  assert.deepEqual(
    apps.map(({ name, problem }) => [name, problem?.code]),
    [
      ['a', undefined],
      ['b', undefined],
      ['c', 'GDE_UNSUPPORTED_SOURCE'],
    ],
  )
  assert.deepEqual(
    repositories.map(({ fetchUrl }) => fetchUrl),
    ['git@git.example.com:a.git', 'https://git.example.com/b.git'],
  )
})

test('a source with a ref alone lends its files and renders nothing', () => {
  const { apps } = inventoryOf(`
apps:
  - name: a
    sources:
      - { repository: "https://git.example.com/chart.git", path: chart, helm: { valueFiles: [$values/prod.yaml] } }
      - { repository: "https://git.example.com/values.git", ref: values }
    destination: { cluster: test, namespace: shop }
`)
  assert.deepEqual(
    apps[0]?.sources.map(({ ref, options }) => [ref, options.tool, 'type' in options && options.type]),
    [
      [undefined, 'argocd', 'helm'],
      ['values', 'none', false],
    ],
  )
})

test('the app has the policy of comparing, with its own rules besides', () => {
  const { apps } = inventoryOf(`
comparing: { persons: [k9s], added: report, ignore: [{ kind: ConfigMap, jsonPointers: [/data] }] }
apps:
  - name: a
    source: { repository: "https://git.example.com/a.git" }
    destination: { cluster: test }
    managers: [ci]
    policy: { secrets: skip }
    ignore: [{ kind: Deployment, jqPathExpressions: [.spec.replicas] }]
`)
  assert.deepEqual(apps[0]?.policy, {
    method: 'client-side',
    added: 'report',
    addedByNobody: 'report',
    operationalMarks: [],
    secrets: 'skip',
    manualManagers: ['k9s'],
    managers: ['ci'],
    ignore: [
      { kind: 'ConfigMap', jsonPointers: ['/data'] },
      { kind: 'Deployment', jqPathExpressions: ['.spec.replicas'] },
    ],
  })
})
