import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { type ReviewingCluster, reviewAccess } from '../../src/clusters/review-access.ts'
import { CodedError } from '../../src/model/failure.ts'
import { serve } from '../http/serving.ts'
import { appReport } from '../metrics/reports.ts'
import { type KubeApiServer, type Rule, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'

const COMPONENT = join(import.meta.dirname, '../../deploy/components/access-reviews/cluster-role.yaml')
const NEVER = new AbortController().signal
const APPLICATIONS = { group: 'argoproj.io', resource: 'applications', namespace: 'argocd' } as const
const get = (resourceNames?: readonly string[]): Rule => ({
  apiGroups: ['argoproj.io'],
  resources: ['applications'],
  verbs: ['get'],
  ...(resourceNames && { resourceNames }),
})

describe('a real API server', { skip: skipWithout('etcd', 'kube-apiserver', 'kubectl') }, () => {
  let server: KubeApiServer
  let reviews: ReviewingCluster
  const tokens: Record<string, string> = {}
  const open = (path: string, audiences: readonly string[] = []): ReviewingCluster =>
    reviewAccess({ name: 'control', labels: {}, access: { type: 'kubeconfig', path } }, audiences, {})

  before(async () => {
    server = await startKubeApiServer()
    const [role] = parseAllDocuments(await readFile(COMPONENT, 'utf8')).map((document) => document.toJS())
    reviews = open((await server.addUser('exporter', { clusterRules: role.rules })).kubeconfig)
    const rights = {
      everything: { clusterRules: [get()] },
      tenant: { namespaceRules: { argocd: [get()] } },
      one: { namespaceRules: { 'team-a': [get(['shop'])] } },
      nothing: {},
    }
    for (const [name, right] of Object.entries(rights)) tokens[name] = (await server.addUser(name, right)).token
  })
  after(async () => {
    await reviews?.close()
    await server?.close()
  })

  test('says whose a token is, and that another one is nobody’s', async () => {
    const identity = await reviews.identify(tokens.tenant ?? '', NEVER)
    assert.equal(identity?.user, 'system:serviceaccount:default:tenant')
    assert.ok(identity.groups.includes('system:serviceaccounts:default'))
    assert.equal(await reviews.identify('nobody', NEVER), undefined)
  })

  test('says no of a token that is for somebody else', async () => {
    await using elsewhere = Object.assign(open(await server.kubeconfig(), ['drift']), {
      [Symbol.asyncDispose]: () => elsewhere.close(),
    })
    assert.equal(await elsewhere.identify(tokens.tenant ?? '', NEVER), undefined)
    const path = '/api/v1/namespaces/default/serviceaccounts/tenant/token'
    const { status } = await server.admin.request('POST', path, { spec: { audiences: ['drift'] } })
    const { token } = Object(status)
    assert.equal((await elsewhere.identify(String(token), NEVER))?.user, 'system:serviceaccount:default:tenant')
    assert.equal(await reviews.identify(String(token), NEVER), undefined)
  })

  test('says what a user may get', async () => {
    for (const [name, right, expected] of [
      ['everything', { ...APPLICATIONS, namespace: '' }, true],
      ['tenant', { ...APPLICATIONS, namespace: '' }, false],
      ['tenant', APPLICATIONS, true],
      ['tenant', { ...APPLICATIONS, namespace: 'other' }, false],
      ['one', { ...APPLICATIONS, namespace: 'team-a' }, false],
      ['one', { ...APPLICATIONS, namespace: 'team-a', name: 'shop' }, true],
      ['nothing', APPLICATIONS, false],
    ] as const) {
      const identity = await reviews.identify(tokens[name] ?? '', NEVER)
      assert.ok(identity)
      assert.equal(await reviews.permits(identity, right, NEVER), expected, `${name} ${JSON.stringify(right)}`)
    }
  })

  test('without the component’s rights it says which one is missing', async () => {
    const { kubeconfig } = await server.addUser('plain', {})
    await using plain = Object.assign(open(kubeconfig), { [Symbol.asyncDispose]: () => plain.close() })
    await assert.rejects(plain.identify('secret-token', NEVER), (error) => {
      assert.ok(error instanceof CodedError)
      assert.equal(error.failure.code, 'GDE_CLUSTER_FORBIDDEN')
      assert.doesNotMatch(error.message, /secret-token/)
      return true
    })
  })

  test('each token sees on API and page the apps that its owner may get', async () => {
    const application = (name: string, namespace: string) =>
      appReport(name, { controller: 'argocd', kind: 'Application', declaredIn: 'control', namespace, project: 'p' })
    await using serving = await serve({
      updates: [application('shop', 'team-a'), application('cart', 'team-a'), application('blog', 'argocd')].map(
        (report) => ({ type: 'app', report }),
      ),
      access: { settings: { roles: [], tokens: { cluster: 'control', audiences: [] } }, reviews },
    })
    const ask = async (path: string, name: string): Promise<string> =>
      (await fetch(`${serving.http.pagesUrl}${path}`, { headers: { authorization: `Bearer ${tokens[name]}` } })).text()
    for (const [name, expected] of [
      ['everything', ['blog', 'cart', 'shop']],
      ['tenant', ['blog']],
      ['one', ['shop']],
      ['nothing', []],
    ] as const) {
      const { apps } = JSON.parse(await ask('/api/v1/apps', name))
      assert.deepEqual(
        apps.map(({ identity }: { identity: { name: string } }) => identity.name),
        expected,
      )
      const page = await ask('/', name)
      for (const app of ['blog', 'cart', 'shop'])
        assert.equal(
          new RegExp(`>${app}<`).test(page),
          expected.some((one) => one === app),
          `${name} ${app}`,
        )
    }
  })
})
