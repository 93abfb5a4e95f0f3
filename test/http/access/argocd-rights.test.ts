import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { argocdPolicies } from '../../../src/clusters/review-access.ts'
import type { AccessSettings, ReadArgocdPolicies } from '../../../src/model/access.ts'
import { CodedError } from '../../../src/model/failure.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { deployedReader } from '../../e2e/deployed-reader.ts'
import { appReport } from '../../metrics/reports.ts'
import { startKubeApiServer } from '../../servers/kube-apiserver.ts'
import { skipWithout } from '../../tools/build.ts'
import { serve } from '../serving.ts'

const CRDS = join(import.meta.dirname, '../../discovery/argocd/crds')
const inArgocd = { controller: 'argocd', kind: 'Application', declaredIn: 'control', namespace: 'argocd' } as const
const reports = [
  appReport('web', { ...inArgocd, project: 'shop' }),
  appReport('api', { ...inArgocd, project: 'shop', namespace: 'team' }),
  appReport('secret', { ...inArgocd, project: 'other' }),
  appReport('elsewhere', { ...inArgocd, project: 'shop', declaredIn: 'another' }),
  appReport('config', { project: 'shop' }),
]
const updates = reports.map((report) => ({ type: 'app', report }) as const)
const settings: AccessSettings = {
  roles: [],
  proxy: {
    addresses: ['127.0.0.1'],
    clientNames: [],
    userHeader: 'x-forwarded-user',
    groupsHeader: 'x-forwarded-groups',
  },
  argocd: { cluster: 'control', namespace: 'argocd' },
}
const PROJECT = {
  name: 'shop',
  roles: [{ name: 'dev', groups: ['devs'], policies: ['p, proj:shop:dev, applications, get, shop/*, allow'] }],
}

async function namesFor(read: ReadArgocdPolicies, groups: string): Promise<readonly string[]> {
  await using serving = await serve({ updates, access: { settings, argocdPolicies: read } })
  const headers = { 'x-forwarded-user': 'alice', 'x-forwarded-groups': groups }
  const answer = await fetch(`${serving.http.pagesUrl}/api/v1/apps`, { headers })
  assert.equal(answer.status, 200)
  const { apps } = JSON.parse(await answer.text())
  return apps.map(({ identity }: { identity: { name: string } }) => identity.name).sort()
}

test('whoever is in a group of an AppProject’s role sees its Applications, and those alone', async () => {
  const read: ReadArgocdPolicies = async () => ({ data: {}, projects: [PROJECT] })
  assert.deepEqual(await namesFor(read, 'devs'), ['api', 'web'])
  assert.deepEqual(await namesFor(read, 'others'), [])
})

test('policies are read once for all who ask at a time', async () => {
  let reads = 0
  const read: ReadArgocdPolicies = async () => {
    reads += 1
    return { data: {}, projects: [PROJECT] }
  }
  await using serving = await serve({ updates, access: { settings, argocdPolicies: read } })
  const headers = { 'x-forwarded-user': 'alice', 'x-forwarded-groups': 'devs' }
  await Promise.all(Array.from({ length: 20 }, () => fetch(`${serving.http.pagesUrl}/api/v1/apps`, { headers })))
  assert.equal(reads, 1)
})

test('while Argo CD’s cluster does not answer nobody is let in, and the log says so', async () => {
  const read: ReadArgocdPolicies = async () => {
    throw new CodedError('GDE_CLUSTER_UNREACHABLE', 'it is away')
  }
  await using serving = await serve({ updates, access: { settings, argocdPolicies: read } })
  const answer = await fetch(serving.http.pagesUrl, { headers: { 'x-forwarded-user': 'alice' } })
  assert.equal(answer.status, 503)
  assert.match(serving.lines.join('\n'), /GDE_CLUSTER_UNREACHABLE/)
})

test('a real API server tells AppProjects and argocd-rbac-cm with the rights of deploy/', {
  skip: skipWithout('kube-apiserver', 'etcd', 'kubectl'),
}, async (t) => {
  const server = await startKubeApiServer()
  t.after(() => server.close())
  const files = (await readdir(CRDS)).filter((name) => name.endsWith('.yaml.gz'))
  await server.admin.installCrds(
    await Promise.all(files.map(async (file) => gunzipSync(await readFile(join(CRDS, file))).toString('utf8'))),
  )
  await server.kubectl(['create', 'namespace', 'argocd'])
  const path = await deployedReader(server)
  const policies = argocdPolicies({ name: 'control', labels: {}, access: { type: 'kubeconfig', path } }, 'argocd')
  t.after(() => policies.close())
  assert.deepEqual(await policies.read(AbortSignal.timeout(10_000)), { data: {}, projects: [] })
  const spec: JsonObject = {
    sourceRepos: ['*'],
    destinations: [{ server: '*', namespace: '*' }],
    roles: [
      {
        name: 'dev',
        description: 'who develops',
        groups: ['devs'],
        policies: PROJECT.roles[0]?.policies.slice() ?? [],
      },
    ],
  }
  const metadata = { name: 'shop', namespace: 'argocd' }
  await server.admin.apply({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec })
  const data = { 'policy.csv': 'g, admins, role:readonly', 'policy.default': '' }
  await server.admin.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-rbac-cm', namespace: 'argocd' },
    data,
  })
  assert.deepEqual(await policies.read(AbortSignal.timeout(10_000)), { data, projects: [PROJECT] })
  assert.deepEqual(await namesFor(policies.read, 'devs'), ['api', 'web'])
  assert.deepEqual(await namesFor(policies.read, 'admins'), ['api', 'secret', 'web'])
})
