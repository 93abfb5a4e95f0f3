import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantIndex } from '../../../src/discovery/flux/accounts/grants.ts'
import { notPermitted } from '../../../src/engine/desired/object-permission.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import type { ServedKind } from '../../../src/model/clusters/cluster.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { GroupKind, KubernetesObject } from '../../../src/model/object.ts'

const ACCOUNT = { namespace: 'tenant', name: 'deployer' }
const SUBJECT = { kind: 'ServiceAccount', ...ACCOUNT }
const READ_SECRETS = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]

const rbac = (kind: string, name: string, namespace: string, rest: JsonObject): KubernetesObject =>
  asKubernetesObject({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name, ...(namespace !== '' && { namespace }) },
    ...rest,
  })
const role = (rules: readonly JsonObject[], namespace = '') =>
  rbac(namespace === '' ? 'ClusterRole' : 'Role', 'role', namespace, { rules })
const binding = (namespace: string, subject: JsonObject, kind = 'ClusterRole') =>
  rbac(namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding', 'binding', namespace, {
    roleRef: { kind, name: 'role' },
    subjects: [subject],
  })

const RESOURCES: Readonly<Record<string, string>> = { Secret: 'secrets', Namespace: 'namespaces', Node: 'nodes' }
const capabilities = {
  kind({ group, kind }: GroupKind): ServedKind | undefined {
    const resource = RESOURCES[kind]
    return resource === undefined
      ? undefined
      : { group, kind, resource, versions: ['v1'], namespaced: kind === 'Secret', verbs: ['get'] }
  },
}

/** What is said of an object of a cluster with these Roles; undefined where it is shown. */
function said(objects: readonly KubernetesObject[], where: string, kind = 'Secret', group = ''): string | undefined {
  const [namespace = '', name = ''] = where.split('/')
  const ofKind = (wanted: string) => objects.filter((object) => object.kind === wanted)
  const grantsOf = grantIndex({
    clusterRoles: ofKind('ClusterRole'),
    clusterRoleBindings: ofKind('ClusterRoleBinding'),
    roles: ofKind('Role'),
    roleBindings: ofKind('RoleBinding'),
  })
  const permission = { by: 'account', account: ACCOUNT, grants: grantsOf(ACCOUNT) } as const
  return notPermitted({ group, kind, namespace, name }, permission, capabilities)?.message
}

test('the account’s own namespace is shown, and nothing else without a Role', () => {
  assert.equal(said([], 'tenant/any'), undefined)
  assert.equal(
    said([], 'kube-system/token'),
    'not shown: Secret kube-system/token: no Role lets the service account tenant/deployer get it',
  )
  assert.match(said([], '/tenant', 'Namespace') ?? '', /^not shown: Namespace tenant: no Role/)
})

test('a binding grants in its namespace, and one of the cluster everywhere', () => {
  const inShop = [role(READ_SECRETS), binding('shop', SUBJECT)]
  assert.equal(said(inShop, 'shop/token'), undefined)
  assert.notEqual(said(inShop, 'kube-system/token'), undefined)
  const everywhere = [role(READ_SECRETS), binding('', SUBJECT)]
  assert.equal(said(everywhere, 'kube-system/token'), undefined)
})

test('a Role is that of the binding’s namespace', () => {
  assert.equal(said([role(READ_SECRETS, 'shop'), binding('shop', SUBJECT, 'Role')], 'shop/token'), undefined)
  assert.notEqual(said([role(READ_SECRETS, 'other'), binding('shop', SUBJECT, 'Role')], 'shop/token'), undefined)
  assert.notEqual(said([role(READ_SECRETS, 'shop'), binding('shop', SUBJECT)], 'shop/token'), undefined)
})

test('an account is bound by its name, as a user, and by the groups that it is put into', () => {
  const bound = (subject: JsonObject, namespace = 'shop') =>
    said([role(READ_SECRETS), binding(namespace, subject)], 'shop/token') === undefined
  assert.ok(bound({ kind: 'User', name: 'system:serviceaccount:tenant:deployer' }))
  for (const group of ['system:serviceaccounts', 'system:serviceaccounts:tenant', 'system:authenticated'])
    assert.ok(bound({ kind: 'Group', name: group }), group)
  assert.ok(!bound({ kind: 'Group', name: 'system:serviceaccounts:shop' }))
  assert.ok(
    !bound({ kind: 'ServiceAccount', name: 'deployer' }),
    'an account without a namespace is one of the binding’s',
  )
  assert.ok(!bound({ kind: 'ServiceAccount', name: 'deployer' }, ''))
  assert.ok(!bound({ kind: 'ServiceAccount', namespace: 'tenant', name: 'default' }))
  assert.ok(!bound({ kind: 'User', name: '*' }))
})

test('a rule is for verbs, groups, resources and names', () => {
  const granted = (rule: JsonObject, where = 'shop/token', kind = 'Secret', group = '') =>
    said([role([rule]), binding('', SUBJECT)], where, kind, group) === undefined
  const all = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }
  assert.ok(granted(all))
  assert.ok(granted(all, 'shop/x', 'Widget', 'example.com'), 'a kind that is not served yet')
  assert.ok(!granted({ ...all, resources: ['widgets'] }, 'shop/x', 'Widget', 'example.com'))
  assert.ok(!granted({ ...all, verbs: ['list', 'watch'] }))
  assert.ok(!granted({ ...all, apiGroups: ['apps'] }))
  assert.ok(!granted({ ...all, resources: ['secrets/status', 'configmaps'] }))
  assert.ok(granted({ ...all, resourceNames: ['token'] }))
  assert.ok(!granted({ ...all, resourceNames: ['other'] }))
  assert.ok(!granted({ nonResourceURLs: ['*'], verbs: ['*'] }))
  assert.ok(granted({ ...all, resources: ['nodes'] }, '/one', 'Node'))
})

test('a Namespace is granted by a binding in it', () => {
  const rules = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get'] }]
  assert.equal(said([role(rules), binding('shop', SUBJECT)], '/shop', 'Namespace'), undefined)
  assert.notEqual(said([role(rules), binding('shop', SUBJECT)], '/other', 'Namespace'), undefined)
  assert.notEqual(
    said([role([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]), binding('shop', SUBJECT)], '/one', 'Node'),
    undefined,
  )
})

test('what is no rule and no subject grants nothing', () => {
  const odd = rbac('ClusterRole', 'role', '', { rules: [null, 'x', { verbs: 'get', apiGroups: [1], resources: {} }] })
  assert.notEqual(said([odd, binding('', SUBJECT)], 'shop/token'), undefined)
})
