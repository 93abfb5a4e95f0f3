import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectPermission, readProject } from '../../../src/discovery/argocd/projects/project.ts'
import { notPermitted } from '../../../src/engine/desired/object-permission.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { ObjectKey } from '../../../src/model/object.ts'

const CLUSTER = { server: 'https://prod', name: 'prod' }
const key = (kind: string, namespace: string, name = 'x', group = ''): ObjectKey => ({ group, kind, namespace, name })
const SECRET = key('Secret', 'kube-system')

/** Whether AppProject.IsResourcePermitted would permit it. */
function permits(spec: JsonObject, object: ObjectKey): boolean {
  const project = readProject({ metadata: { name: 'team' }, spec })
  return notPermitted(object, objectPermission(project, CLUSTER), undefined) === undefined
}
const destinations = (...entries: readonly JsonObject[]): JsonObject => ({ destinations: entries })
const ANYWHERE = destinations({ server: '*', namespace: '*' })

test('an object lies in a namespace that some destination of its cluster permits', () => {
  const team = destinations({ server: 'https://prod', namespace: 'team-*' })
  assert.ok(permits(team, key('Secret', 'team-a')))
  assert.ok(!permits(team, SECRET))
  assert.ok(!permits(destinations({ server: 'https://other', namespace: '*' }), SECRET))
  assert.ok(permits(destinations({ name: 'prod', namespace: '*' }), SECRET))
  assert.ok(!permits({}, SECRET), 'no destination permits nothing')
})

test('what a destination denies is not permitted by another', () => {
  const denied = destinations({ server: '*', namespace: '*' }, { server: '*', namespace: '!kube-*' })
  assert.ok(permits(denied, key('Secret', 'team-a')))
  assert.ok(!permits(denied, SECRET))
  assert.ok(
    !permits(destinations({ server: '*', namespace: '*' }, { server: '!https://prod', namespace: '*' }), SECRET),
  )
  assert.ok(!permits(destinations({ server: '*', namespace: '*' }, { name: '!prod', namespace: 'none' }), SECRET))
})

test('kinds with a namespace are permitted but for those that are denied, or where a list lacks them', () => {
  const kinds = (lists: JsonObject): JsonObject => ({ ...ANYWHERE, ...lists })
  assert.ok(permits(ANYWHERE, SECRET))
  assert.ok(!permits(kinds({ namespaceResourceWhitelist: [] }), SECRET), 'an empty list is a list')
  assert.ok(permits(kinds({ namespaceResourceWhitelist: [{ group: '', kind: 'S*' }] }), SECRET))
  assert.ok(!permits(kinds({ namespaceResourceWhitelist: [{ group: 'apps', kind: '*' }] }), SECRET))
  assert.ok(!permits(kinds({ namespaceResourceBlacklist: [{ group: '*', kind: 'Secret' }] }), SECRET))
  assert.ok(permits(kinds({ namespaceResourceBlacklist: [{ group: '', kind: '[' }] }), SECRET), 'a bad pattern is none')
})

test('kinds without a namespace are permitted where a list has them, by name where it says so', () => {
  const namespace = key('Namespace', '', 'team-a')
  const listed = (item: JsonObject, more: JsonObject = {}) => ({
    ...ANYWHERE,
    clusterResourceWhitelist: [item],
    ...more,
  })
  assert.ok(!permits(ANYWHERE, namespace))
  assert.ok(permits(listed({ group: '*', kind: '*' }), namespace))
  assert.ok(permits(listed({ group: '', kind: 'Namespace', name: 'team-*' }), namespace))
  assert.ok(!permits(listed({ group: '', kind: 'Namespace', name: 'other' }), namespace))
  const denied = { clusterResourceBlacklist: [{ group: '', kind: 'Namespace', name: 'team-a' }] }
  assert.ok(!permits(listed({ group: '*', kind: '*' }, denied), namespace))
})

test('it is said which object and which project', () => {
  const project = readProject({ metadata: { name: 'team' }, spec: {} })
  assert.deepEqual(notPermitted(SECRET, objectPermission(project, CLUSTER), undefined), {
    code: 'GDE_NOT_PERMITTED',
    message: 'not permitted: the project "team" does not permit Secret kube-system/x',
  })
})
