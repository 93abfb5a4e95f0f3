import assert from 'node:assert/strict'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse, stringify } from 'yaml'
import type { Json } from '../../src/model/json.ts'
import { builtProgram, runProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at, listAt } from '../servers/http-json.ts'
import type { KubeApiServer } from '../servers/kube-apiserver.ts'
import { run } from '../servers/run.ts'
import { skipWithout } from '../tools/build.ts'
import { objectsOf, startGrantedFleet } from './granted-fleet.ts'

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLES = join(ROOT, 'deploy/examples')
const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl')

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let server: KubeApiServer
before(async () => {
  folder = await temporaryFolder('guides')
  await builtProgram()
  if (skip === false) server = await startGrantedFleet(folder.path)
})
after(async () => {
  await server?.close()
  await folder.close()
})

test('every guide names its example, and every example its guide', async () => {
  const guides = (await readdir(join(ROOT, 'docs/guides'))).filter((name) => name.endsWith('.md'))
  const texts = await Promise.all(guides.map((name) => readFile(join(ROOT, 'docs/guides', name), 'utf8')))
  const named = new Set(
    texts
      .join('\n')
      .matchAll(/deploy\/examples\/([a-z-]+)/g)
      .map(([, name]) => name),
  )
  const examples = (await readdir(EXAMPLES)).filter((name) => name !== 'install')
  assert.deepEqual([...named].toSorted(), examples.toSorted())
})

for (const example of ['environments', 'app-of-apps', 'application-set', 'flux-tenants', 'git-only', 'argocd-oidc'])
  test(`the API server accepts the example ${example} with the operators' definitions`, { skip }, async () => {
    const args = ['apply', '--server-side', '--force-conflicts', '--validate=strict', '--recursive', '--filename']
    const { stderr } = await server.kubectl([...args, join(EXAMPLES, example)])
    assert.equal(stderr, '')
  })

/** Whether somebody of the group may do that, by the answer of the API server. */
async function mayDo(group: string, ...what: readonly string[]): Promise<boolean> {
  const args = ['auth', 'can-i', ...what, '--as', 'somebody', '--as-group', group, '--namespace', 'shop']
  return (await server.kubectl(args, { accept: [0, 1] })).stdout.trim() === 'yes'
}

test('developers read and change nothing, who is on call restarts and scales alone', { skip }, async () => {
  // No controllers run here: what one aggregates is aggregated once.
  const { stdout } = await server.kubectl(['get', 'clusterrole', 'system:aggregate-to-view', '--output', 'json'])
  const { rules } = JSON.parse(stdout)
  await server.kubectl(['patch', 'clusterrole', 'view', '--type=merge', '--patch', JSON.stringify({ rules })])
  for (const group of ['oidc:developers', 'oidc:on-call']) {
    assert.ok(await mayDo(group, 'list', 'deployments.apps'), group)
    for (const verb of ['create', 'patch', 'update', 'delete'])
      assert.ok(!(await mayDo(group, verb, 'deployments.apps')), `${group} ${verb}`)
    assert.ok(!(await mayDo(group, 'get', 'secrets')), group)
  }
  assert.ok(await mayDo('oidc:on-call', 'delete', 'pods'))
  assert.ok(await mayDo('oidc:on-call', 'patch', 'deployments.apps', '--subresource=scale'))
  assert.ok(!(await mayDo('oidc:developers', 'delete', 'pods')))
  assert.ok(!(await mayDo('oidc:developers', 'patch', 'deployments.apps', '--subresource=scale')))
})

test('in Argo CD nobody edits an Application, and no secret stands in the settings', async () => {
  const maps = objectsOf(await readFile(join(EXAMPLES, 'argocd-oidc/config-maps.yaml'), 'utf8'))
  const data = (name: string) => maps.find((map) => at(map, 'metadata', 'name') === name)?.data ?? null
  const oidc: Json = parse(String(at(data('argocd-cm'), 'oidc.config')))
  assert.match(String(at(oidc, 'clientSecret')), /^\$/)
  assert.ok(listAt(oidc, 'requestedScopes').includes('groups'))
  assert.equal(at(data('argocd-rbac-cm'), 'policy.default'), 'role:readonly')
  const lines = String(at(data('argocd-rbac-cm'), 'policy.csv'))
    .trim()
    .split('\n')
  for (const line of lines)
    assert.match(line, /^(p, role:[a-z-]+, applications, (sync|action\/\S+), \S+, allow|g, \S+, role:[a-z-]+)$/)
})

/** The example as a cluster's content, with a repository for all that it names. */
async function configOf(example: string, discovery: object, files: Readonly<Record<string, string>>): Promise<string> {
  const home = join(folder.path, `${example}-apps`)
  const repository = join(home, 'repository')
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(repository, path, '..'), { recursive: true })
    await writeFile(join(repository, path), text)
  }
  const git = (...args: readonly string[]) =>
    run('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--message=all')
  await cp(join(EXAMPLES, example), join(home, 'control'), { recursive: true })
  const project = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace: 'argocd' },
    spec: { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }] },
  }
  await writeFile(join(home, 'control/default-project.yaml'), stringify(project))
  const config = {
    repositories: [{ url: 'https://git.example.com/*', fetchFrom: 'file:repository' }],
    clusters: [{ name: 'control', snapshot: { path: 'control', kinds: ['*'] } }],
    discovery,
  }
  await writeFile(join(home, 'config.yaml'), stringify(config))
  return join(home, 'config.yaml')
}

const CONFIG_MAP = stringify({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'shop' },
  data: { key: 'value' },
})

test('the exporter makes of the ApplicationSet one app for each production cluster, with its labels', async () => {
  const config = await configOf(
    'application-set',
    { argocd: [{ cluster: 'control' }] },
    {
      'overlays/us-east/map.yaml': CONFIG_MAP,
    },
  )
  const { out, err } = await runProgram('apps', '--config', config, '--output', 'json')
  const [set = null] = listAt(JSON.parse(out), 'applicationSets')
  assert.equal(at(set, 'error'), null, err)
  const generated = listAt(set, 'applications').map((one) => [
    at(one, 'metadata', 'name'),
    at(one, 'metadata', 'labels', 'region'),
    at(one, 'spec', 'source', 'path'),
    at(one, 'spec', 'destination', 'server'),
  ])
  assert.deepEqual(generated.toSorted(), [
    ['baseline-prod-eu', 'eu-west', 'overlays/eu-west', 'https://prod-eu.example.com'],
    ['baseline-prod-us', 'us-east', 'overlays/us-east', 'https://prod-us.example.com'],
  ])
})

test('the exporter renders the app of apps, and what it declares is the Application', async () => {
  const shop = await readFile(join(EXAMPLES, 'app-of-apps/apps/shop.yaml'), 'utf8')
  const config = await configOf('app-of-apps', { argocd: [{ cluster: 'control' }] }, { 'apps/shop.yaml': shop })
  const { code, out, err } = await runProgram('render', '--config', config, '--app', 'root')
  assert.equal(code, 0, err)
  assert.deepEqual(
    objectsOf(out).map((one) => [one.kind, at(one, 'metadata', 'name')]),
    [['Application', 'shop']],
  )
})

test('the exporter renders a tenant of Flux into its own namespace', async () => {
  const config = await configOf(
    'flux-tenants',
    { flux: [{ cluster: 'control' }] },
    { 'production/map.yaml': CONFIG_MAP },
  )
  const { code, out, err } = await runProgram('render', '--config', config, '--app', 'payments')
  assert.equal(code, 0, err)
  assert.deepEqual(
    objectsOf(out).map((one) => [one.kind, at(one, 'metadata', 'namespace')]),
    [['ConfigMap', 'team-payments']],
  )
})

test('with one repository an environment, each app is of its own project, repository and cluster', async () => {
  const config = await configOf(
    'environments',
    { argocd: [{ cluster: 'control' }] },
    { 'apps/shop/map.yaml': CONFIG_MAP },
  )
  const { out } = await runProgram('apps', '--config', config, '--output', 'json')
  const apps = listAt(JSON.parse(out), 'apps').map((app) => [
    at(app, 'identity', 'name'),
    at(app, 'project'),
    at(app, 'labels', 'environment'),
    at(listAt(app, 'sources')[0], 'repository'),
  ])
  assert.deepEqual(apps.toSorted(), [
    ['shop-production', 'production', 'production', 'https://git.example.com/platform/production.git'],
    ['shop-staging', 'staging', 'staging', 'https://git.example.com/platform/staging.git'],
  ])
})
