import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments, stringify } from 'yaml'
import { makeDemoFixture } from '../../src/commands/demo/demo-fixture.ts'
import { rolesFor } from '../../src/commands/rbac/roles.ts'
import { askAs, startGrantedFleet } from '../deploy/granted-fleet.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at, listAt } from '../servers/http-json.ts'
import { skipWithout } from '../tools/build.ts'
import { builtProgram, runProgram } from './program.ts'

const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl')
const ACCOUNT = { namespace: 'monitoring', name: 'exporter' }

function rulesOf(text: string, kind: 'ClusterRole' | 'Role') {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((object) => object.kind === kind)
    .flatMap((role) => listAt(role, 'rules'))
}

test('rights become one role for each scope, with resources by their names and no wildcard', () => {
  const roles = rolesFor(
    [
      { group: 'apps', resource: 'deployments' },
      { group: 'apps', resource: 'deployments', namespace: 'shop' },
      { group: '', resource: 'configmaps', namespace: 'argocd', names: ['b', 'a'] },
      { group: 'apps', resource: 'statefulsets', isPatched: true },
    ],
    { name: 'drift', account: ACCOUNT },
  )
  assert.deepEqual(
    roles.map((role) => [role.kind, at(role, 'metadata')]),
    [
      ['ClusterRole', { name: 'drift' }],
      ['ClusterRoleBinding', { name: 'drift' }],
      ['Role', { name: 'drift', namespace: 'argocd' }],
      ['RoleBinding', { name: 'drift', namespace: 'argocd' }],
    ],
  )
  assert.deepEqual(at(roles[0], 'rules'), [
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list', 'watch', 'patch'] },
  ])
  assert.deepEqual(at(roles[2], 'rules'), [
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['a', 'b'], verbs: ['get', 'list', 'watch'] },
  ])
  assert.deepEqual(listAt(roles[3] ?? null, 'subjects'), [{ kind: 'ServiceAccount', ...ACCOUNT }])
})

test('a cluster of several must be named, and the kinds of a snapshot are those that its apps declare', async () => {
  await builtProgram()
  const fixture = await makeDemoFixture({ metrics: 8080, pages: 8081 })
  try {
    const several = await runProgram('rbac', '--config', fixture.config)
    assert.equal(several.code, 2)
    assert.match(several.err, /several clusters, say which by --cluster: prod-us, prod-eu, staging/)
    const { code, out, err } = await runProgram('rbac', '--config', fixture.config, '--cluster', 'prod-us')
    assert.equal(err, '')
    assert.equal(code, 0)
    const granted = rulesOf(out, 'ClusterRole').flatMap((rule) => listAt(rule, 'resources'))
    assert.deepEqual(granted.toSorted(), ['configmaps', 'deployments', 'namespaces', 'services'])
  } finally {
    await fixture.remove()
  }
})

test('what it prints for a real cluster is enough for every verdict, and no less would be', { skip }, async (t) => {
  await builtProgram()
  await using folder = await temporaryFolder('rbac')
  await using server = await startGrantedFleet(folder.path)
  const ask = (command: string, kubeconfig: string, ...args: readonly string[]) =>
    askAs(kubeconfig, folder.path, command, ...args)
  /** Checks as an account that has just this. */
  async function checkWith(name: string, roles: string) {
    await writeFile(join(folder.path, `${name}.yaml`), roles)
    await server.kubectl(['apply', '--filename', join(folder.path, `${name}.yaml`)])
    const { kubeconfig } = await server.addUser(name, {})
    return ask('check', kubeconfig)
  }
  const admin = await server.kubeconfig()
  const account = (name: string) => ['--name', name, '--service-account', `default/${name}`]

  await t.test('the custom resource is named, Secrets are not, and every app is judged', async () => {
    const { out, err, code } = await ask('rbac', admin, ...account('least'))
    assert.equal(code, 0, err)
    const granted = parseAllDocuments(out)
      .map((document) => document.toJS())
      .flatMap((role) => listAt(role, 'rules').flatMap((rule) => listAt(rule, 'resources')))
    assert.ok(granted.includes('widgets') && granted.includes('applications') && granted.includes('kustomizations'))
    assert.ok(!granted.includes('secrets') && !granted.includes('*'))
    assert.match(out, /^# Secrets are not among it \(--secrets grants them\): clusters and credentials/m)
    const checked = await checkWith('least', out)
    assert.match(checked.out, /^web +test +Synced/m)
    assert.match(checked.out, /^widgets +test +Synced/m)
    const refused = `${checked.out}${checked.err}`.split('\n').filter((line) => line.includes('GDE_CLUSTER_FORBIDDEN'))
    assert.deepEqual(refused, ['argocd in test: secrets in argocd: not allowed (GDE_CLUSTER_FORBIDDEN)'])
  })

  await t.test('without one of its rules an app is Unknown', async () => {
    const { out } = await ask('rbac', admin, ...account('less'))
    const less = parseAllDocuments(out).map((document) => document.toJS())
    for (const role of less)
      role.rules = role.rules?.filter((rule: { resources: readonly string[] }) => !rule.resources.includes('widgets'))
    const checked = await checkWith('less', less.map((role) => stringify(role)).join('---\n'))
    assert.match(checked.out, /^widgets +test +Unknown/m)
    assert.match(checked.out, /GDE_CLUSTER_FORBIDDEN/)
  })

  await t.test('Secrets that are asked for are granted where they are needed', async () => {
    const { out } = await ask('rbac', admin, '--secrets', ...account('secrets'))
    assert.doesNotMatch(out, /Secrets are not among it/)
    const checked = await checkWith('secrets', out)
    assert.doesNotMatch(checked.out, /GDE_RIGHT_MISSING/)
  })

  await t.test('an app that cannot be rendered is told, and makes the exit code 2', async () => {
    await server.admin.apply({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'broken', namespace: 'argocd' },
      spec: {
        project: 'default',
        source: { repoURL: 'https://git.example.com/fleet.git', path: 'nowhere', targetRevision: 'main' },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
      },
    })
    const { out, err, code } = await ask('rbac', admin)
    assert.equal(code, 2)
    assert.match(out, /^# Missing here: what .*broken.* declares is not known: /m)
    assert.match(err, /broken/)
  })
})
