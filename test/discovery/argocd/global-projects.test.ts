import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '../../../src/discovery/argocd/argocd-settings.ts'
import { lookupProjects } from '../../../src/discovery/argocd/projects/lookup-projects.ts'
import { objectPermission, type Project } from '../../../src/discovery/argocd/projects/project.ts'
import { notPermitted } from '../../../src/engine/desired/object-permission.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'

const appProject = (
  name: string,
  spec: JsonObject,
  labels: Readonly<Record<string, string>> = {},
): KubernetesObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name, namespace: 'argocd', labels },
  spec,
})

function lookup(globalProjects: string, ...projects: readonly KubernetesObject[]) {
  const objects = new Map(projects.map((project) => [project.metadata.name, project]))
  const { globalProjects: entries } = readSettings({ globalProjects }, {})
  return lookupProjects({ objects, state: 'listed', failure: undefined }, entries)
}

function projectOf(found: ReturnType<ReturnType<typeof lookup>>): Project {
  assert.ok(typeof found === 'object' && 'project' in found, JSON.stringify(found))
  return found.project
}

const FOR_TENANTS =
  '- {labelSelector: {matchExpressions: [{key: kind, operator: In, values: [tenant]}]}, projectName: rules}'
const RULES = appProject('rules', {
  sourceRepos: ['https://git.example.com/shared', '!https://git.example.com/private'],
  destinations: [{ server: '*', namespace: '!kube-system' }],
  namespaceResourceBlacklist: [{ group: '', kind: 'ResourceQuota' }],
  clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }],
  clusterResourceBlacklist: [{ group: '', kind: 'Node' }],
  syncWindows: [{ kind: 'deny', schedule: '0 22 * * *', duration: '8h', applications: ['*'] }],
})

test('a project has what the global projects for its labels permit and deny, and its own', () => {
  const find = lookup(
    FOR_TENANTS,
    RULES,
    appProject(
      'shop',
      { sourceRepos: ['https://git.example.com/shop'], destinations: [{ server: '*', namespace: '*' }] },
      { kind: 'tenant' },
    ),
    appProject('other', { sourceRepos: ['*'] }, { kind: 'platform' }),
  )
  const shop = projectOf(find('shop'))
  assert.deepEqual(shop.sourceRepos, [
    'https://git.example.com/shop',
    'https://git.example.com/shared',
    '!https://git.example.com/private',
  ])
  assert.equal(shop.syncWindows.length, 1)
  const permission = objectPermission(shop, { server: 'https://prod', name: 'prod' })
  const refused = (kind: string, namespace: string) =>
    notPermitted({ group: '', kind, namespace, name: 'x' }, permission, undefined) !== undefined
  assert.deepEqual(
    [refused('Secret', 'shop'), refused('Secret', 'kube-system'), refused('ResourceQuota', 'shop')],
    [false, true, true],
  )
  assert.deepEqual([refused('Namespace', ''), refused('Node', '')], [false, true])
  assert.deepEqual(projectOf(find('other')).sourceRepos, ['*'])
  assert.deepEqual(projectOf(find('rules')).syncWindows.length, 1, 'it is no global project of its own')
})

test('a list of kinds of a global project makes one where a project has none, and an empty one does not', () => {
  const allowedBy = (list: JsonObject[], own: JsonObject) =>
    projectOf(
      lookup(
        '- {labelSelector: {}, projectName: rules}',
        appProject('rules', { namespaceResourceWhitelist: list }),
        appProject('shop', own),
      )('shop'),
    ).namespaced.allowed
  assert.deepEqual(allowedBy([{ group: 'apps', kind: '*' }], {}), [{ group: 'apps', kind: '*' }])
  assert.equal(allowedBy([], {}), undefined)
  assert.deepEqual(allowedBy([], { namespaceResourceWhitelist: [] }), [])
})

test('global projects of a global project are not those of its projects', () => {
  const find = lookup(
    '- {labelSelector: {matchLabels: {a: "1"}}, projectName: first}\n- {labelSelector: {matchLabels: {b: "1"}}, projectName: second}',
    appProject('first', { sourceRepos: ['first'] }, { b: '1' }),
    appProject('second', { sourceRepos: ['second'] }),
    appProject('shop', {}, { a: '1' }),
  )
  assert.deepEqual(projectOf(find('shop')).sourceRepos, ['first'])
})

test('an entry whose project is not there, or whose selector is none, ends the list as in Argo CD', () => {
  const missing = lookup(
    '- {labelSelector: {}, projectName: gone}\n- {labelSelector: {}, projectName: rules}',
    RULES,
    appProject('shop', {}),
  )
  assert.deepEqual(projectOf(missing('shop')).sourceRepos, [])
  const { globalProjects, warnings } = readSettings(
    {
      globalProjects:
        '- {labelSelector: {}, projectName: a}\n- {labelSelector: {matchExpressions: [{key: x, operator: In}]}, projectName: b}\n- {labelSelector: {}, projectName: c}',
    },
    {},
  )
  assert.deepEqual(
    globalProjects.map(({ projectName }) => projectName),
    ['a'],
  )
  assert.match(warnings[0]?.message ?? '', /globalProjects\[1\]\.labelSelector\.matchExpressions\[0\]: In needs values/)
})

test('a global project that cannot be read permits nothing to those that it is for', () => {
  const find = lookup(
    FOR_TENANTS,
    appProject('rules', { destinations: 'everywhere' }),
    appProject('shop', {}, { kind: 'tenant' }),
    appProject('other', {}),
  )
  const shop = find('shop')
  assert.ok(typeof shop === 'object' && 'failure' in shop)
  assert.match(shop.failure.message, /AppProject rules: spec\.destinations/)
  assert.ok('project' in Object(find('other')))
})

test('settings of another shape are told, and there are no global projects then', () => {
  const { globalProjects, warnings } = readSettings({ globalProjects: 'projectName: rules' }, {})
  assert.deepEqual(globalProjects, [])
  assert.match(warnings[0]?.message ?? '', /globalProjects/)
})
