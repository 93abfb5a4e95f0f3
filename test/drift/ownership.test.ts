import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LAST_APPLIED } from '../../src/kubernetes/redaction.ts'
import type { ComparePolicy } from '../../src/model/apps/policy.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { policyOf } from './judge-case.ts'
import { configMap, deployment, type Entry, GITOPS, managed, object, RECORDED, summary, verdictOf } from './objects.ts'

const ARGO = 'argocd-controller'

function applied(fields: JsonObject): Entry {
  return { manager: GITOPS, operation: 'Apply', fields, time: '2026-01-01T00:00:00Z' }
}

const PERSON: Entry = { manager: 'kubectl-edit', time: '2026-01-02T00:00:00Z', fields: { 'f:data': { 'f:b': {} } } }

test('what the GitOps manager applied and Git dropped is removed', () => {
  const live = configMap(
    { a: '1', b: '2' },
    { managedFields: managed(applied({ 'f:data': { 'f:a': {}, 'f:b': {} } })) },
  )
  const verdict = verdictOf(configMap({ a: '1' }), live)
  assert.deepEqual(summary(verdict), ['removed /data/b'])
  assert.equal(verdict.cause, 'git')
  assert.equal(verdict.differences[0]?.live, '2')
})

test('what a person wrote is added, with who and when', () => {
  const live = configMap({ a: '1', b: '2' }, { managedFields: managed(applied({ 'f:data': { 'f:a': {} } }), PERSON) })
  const verdict = verdictOf(configMap({ a: '1' }), live)
  assert.deepEqual(summary(verdict), ['added /data/b'])
  assert.deepEqual(verdict.differences[0]?.actor, {
    manager: 'kubectl-edit',
    operation: 'Update',
    time: '2026-01-02T00:00:00Z',
  })
  assert.equal(verdict.cause, 'live')
})

test('policy decides what comes of what a person added', () => {
  const live = configMap({ a: '1', b: '2' }, { managedFields: managed(PERSON) })
  const judge = (added: 'drift' | 'report' | 'ignore') => {
    const { state, differences } = verdictOf(configMap({ a: '1' }), live, { policy: { ...policyOf(GITOPS), added } })
    return [state, differences.map(({ effect }) => effect)]
  }
  assert.deepEqual(judge('drift'), ['changed', ['drift']])
  assert.deepEqual(judge('report'), ['synced', ['report']])
  assert.deepEqual(judge('ignore'), ['synced', []])
})

test('what a controller wrote is its own', () => {
  const controller: Entry = { manager: 'manager', fields: { 'f:data': { 'f:b': {} } } }
  const live = configMap(
    { a: '1', b: '2' },
    { managedFields: managed(applied({ 'f:data': { 'f:a': {} } }), controller) },
  )
  assert.deepEqual(summary(verdictOf(configMap({ a: '1' }), live)), [])
})

test('what a person took over and Git then dropped is added: an apply leaves it', () => {
  const live = configMap({ a: '1', b: '3' }, { managedFields: managed(applied({ 'f:data': { 'f:a': {} } }), PERSON) })
  assert.deepEqual(summary(verdictOf(configMap({ a: '1' }), live)), ['added /data/b'])
})

/** Class, path, effect, and why nobody is named. */
function told({ differences }: ObjectVerdict): readonly unknown[] {
  return differences.map(({ class: found, path, effect, actor, unattributed }) => [
    found,
    path,
    effect,
    actor?.manager ?? unattributed,
  ])
}

test('what is on an object that was never tracked may be anybody’s: it is shown, and no drift', () => {
  const live = object('ServiceAccount', {}, { labels: { owner: 'me' } })
  const verdict = verdictOf(object('ServiceAccount'), live)
  assert.deepEqual(told(verdict), [['added', '/metadata/labels', 'report', 'untracked']])
  assert.deepEqual([verdict.state, verdict.ownershipUnknown], ['synced', true])
  for (const effect of ['drift', 'ignore'] as const) {
    const policy: ComparePolicy = { ...policyOf(GITOPS), added: effect, addedByNobody: effect }
    assert.deepEqual(told(verdictOf(object('ServiceAccount'), live, { policy })), told(verdict), effect)
  }
  assert.equal(verdictOf(object('ServiceAccount'), object('ServiceAccount')).ownershipUnknown, undefined)
})

test('what nobody owns beside fields that have owners is admission’s: reported, as policy says', () => {
  const desired = configMap({ a: '1' })
  const judge = (addedByNobody: ComparePolicy['addedByNobody']) =>
    verdictOf(desired, configMap({ a: '1', b: '2' }), {
      ...RECORDED,
      policy: { ...policyOf(GITOPS), added: 'drift', addedByNobody },
    })
  assert.deepEqual(told(judge('report')), [['added', '/data/b', 'report', 'nobody']])
  assert.deepEqual([judge('report').state, judge('report').ownershipUnknown], ['synced', undefined])
  assert.deepEqual([judge('drift').state, told(judge('drift'))], ['changed', [['added', '/data/b', 'drift', 'nobody']]])
  assert.deepEqual(told(judge('ignore')), [])
})

test('an object whose managedFields are gone says so instead of guessing', () => {
  const live = configMap({ a: '1', b: '2' })
  const verdict = verdictOf(configMap({ a: '1' }), live)
  assert.deepEqual([verdict.state, verdict.ownershipUnknown, verdict.differences], ['synced', true, []])
})

test('nor does what is left of them say anything, where nobody owns what Git declares', () => {
  const desired = configMap({ a: '1' })
  const beside = (...entries: readonly Entry[]) =>
    verdictOf(desired, configMap({ a: '1', b: '2', c: '3' }, { managedFields: managed(...entries) }))
  const person = beside({ manager: 'kubectl-edit', fields: { 'f:data': { 'f:c': {} } } })
  assert.deepEqual(told(person), [['added', '/data/c', 'drift', 'kubectl-edit']])
  assert.equal(person.ownershipUnknown, true)
  const status = beside({ manager: 'manager', subresource: 'status', fields: { 'f:status': { 'f:a': {} } } })
  assert.deepEqual([told(status), status.ownershipUnknown], [[], true])
  // The map itself is no value of it.
  const holder = beside({ manager: 'kubectl-edit', fields: { 'f:data': { '.': {}, 'f:c': {} } } })
  assert.equal(holder.ownershipUnknown, true)
})

for (const manager of ['ancient-changes', 'before-first-apply'])
  test(`${manager} is no program: what only it owns is reported, by whom is not recorded any more`, () => {
    const own = applied({ 'f:data': { 'f:a': {} } })
    const merged: Entry = { manager, fields: { 'f:data': { 'f:a': {}, 'f:b': {}, 'f:c': {} } } }
    const live = configMap({ a: '1', b: '2', c: '3' }, { managedFields: managed(own, merged) })
    const forgotten = verdictOf(configMap({ a: '1' }), live)
    assert.deepEqual(told(forgotten), [
      ['added', '/data/b', 'report', 'forgotten'],
      ['added', '/data/c', 'report', 'forgotten'],
    ])
    assert.equal(forgotten.state, 'synced')
    const shared = managed(
      own,
      merged,
      { manager: 'operator', fields: { 'f:data': { 'f:b': {} } } },
      {
        ...PERSON,
        fields: { 'f:data': { 'f:c': {} } },
      },
    )
    assert.deepEqual(
      told(verdictOf(configMap({ a: '1' }), configMap({ a: '1', b: '2', c: '3' }, { managedFields: shared }))),
      [['added', '/data/c', 'drift', 'kubectl-edit']],
    )
    const changed = verdictOf(configMap({ a: '1', b: '1' }), live)
    assert.deepEqual(told(changed)[0], ['changed', '/data/b', 'drift', 'forgotten'])
  })

test('client-side: where the tool itself is among what is forgotten, its record still tells what Git dropped', () => {
  const annotations = { [LAST_APPLIED]: JSON.stringify({ data: { a: '1', b: '2' } }) }
  const fields = {
    'f:data': { 'f:a': {}, 'f:b': {}, 'f:c': {} },
    'f:metadata': { 'f:annotations': { [`f:${LAST_APPLIED}`]: {} } },
  }
  const managedFields = managed({ manager: 'ancient-changes', fields })
  const verdict = verdictOf(
    configMap({ a: '1' }),
    configMap({ a: '1', b: '2', c: '3' }, { annotations, managedFields }),
    ARGO_POLICY,
  )
  assert.deepEqual(told(verdict), [
    ['removed', '/data/b', 'drift', 'forgotten'],
    ['added', '/data/c', 'report', 'forgotten'],
  ])
})

test('replicas that nobody owns are an autoscaler’s', () => {
  const live = deployment({ replicas: 7 }, {}, { managedFields: managed(applied({ 'f:spec': { 'f:selector': {} } })) })
  assert.deepEqual(summary(verdictOf(deployment(), live)), [])
  const scaled: Entry = { manager: 'kubectl', subresource: 'scale', fields: { 'f:spec': { 'f:replicas': {} } } }
  const byHand = deployment({ replicas: 7 }, {}, { managedFields: managed(scaled) })
  assert.deepEqual(verdictOf(deployment(), byHand).differences[0]?.actor?.subresource, 'scale')
})

test('defaults are nobody’s, whatever owns them', () => {
  const defaults = { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }
  const fields = { 'f:spec': { 'f:replicas': {}, 'f:revisionHistoryLimit': {}, 'f:progressDeadlineSeconds': {} } }
  const live = deployment(defaults, {}, { managedFields: managed(applied(fields)) })
  assert.deepEqual(summary(verdictOf(deployment(), live)), [])
})

test('a change is by who wrote last, the GitOps manager only where it is the only one', () => {
  const fields = { 'f:data': { 'f:a': {} } }
  const wrote = (manager: string, day: number): Entry => ({ manager, fields, time: `2026-01-0${day}T00:00:00Z` })
  const actorOf = (...entries: readonly Entry[]) =>
    verdictOf(configMap({ a: '1' }), configMap({ a: '2' }, { managedFields: managed(...entries) })).differences[0]
      ?.actor?.manager
  assert.equal(actorOf(wrote('early', 1), wrote('late', 3), wrote(GITOPS, 5)), 'late')
  assert.equal(actorOf(wrote(GITOPS, 5), wrote('late', 3), wrote('early', 1)), 'late')
  assert.equal(actorOf(wrote('one', 2), wrote('other', 2)), 'other')
  assert.equal(actorOf(wrote('dated', 2), { manager: 'undated', fields }), 'dated')
  assert.equal(actorOf(wrote(GITOPS, 2)), GITOPS)
})

test('what the server allocated stays when Git drops it', () => {
  const service = (spec: JsonObject, managedFields: Entry) =>
    object('Service', { spec: { ports: [], ...spec } }, { managedFields: managed(managedFields) })
  const live = service({ clusterIP: 'None', clusterIPs: ['None'] }, applied({ 'f:spec': { 'f:clusterIP': {} } }))
  assert.deepEqual(summary(verdictOf(object('Service', { spec: {} }), live)), [])
})

test('a container that a person added is reported as one difference', () => {
  const sidecar = {
    name: 'debug',
    image: 'busybox',
    imagePullPolicy: 'Always',
    terminationMessagePath: '/dev/termination-log',
  }
  const fields = {
    'k:{"name":"debug"}': {
      '.': {},
      'f:image': {},
      'f:imagePullPolicy': {},
      'f:name': {},
      'f:terminationMessagePath': {},
    },
  }
  const live = (() => {
    const base = deployment()
    const spec = Object(base.spec)
    const containers = [...spec.template.spec.containers, sidecar]
    const template = { ...spec.template, spec: { ...spec.template.spec, containers } }
    const entry: Entry = {
      manager: 'kubectl-edit',
      fields: { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': fields } } } },
    }
    return deployment({ template }, {}, { managedFields: managed(entry) })
  })()
  const verdict = verdictOf(deployment(), live)
  assert.deepEqual(summary(verdict), ['added /spec/template/spec/containers/1'])
  assert.deepEqual(verdict.differences[0]?.live, sidecar)
  assert.deepEqual(verdict.differences[0]?.displayPath?.at(-1), '[name=debug]')
})

test('inside of what is owned as a whole, the whole has the owner', () => {
  const selector = (labels: JsonObject, entry: Entry) =>
    object('Service', { spec: { selector: labels } }, { managedFields: managed(entry) })
  const desired = object('Service', { spec: { selector: { app: 'x' } } })
  const fields = { 'f:spec': { 'f:selector': {} } }
  assert.deepEqual(summary(verdictOf(desired, selector({ app: 'x', b: 'y' }, { manager: 'kubectl-patch', fields }))), [
    'added /spec/selector/b',
  ])
  assert.deepEqual(summary(verdictOf(desired, selector({ app: 'x', b: 'y' }, applied(fields)))), [
    'removed /spec/selector/b',
  ])
})

/** As `kubectl apply` leaves it: all fields in one update entry, what was declared in the annotation. */
function clientSide(
  live: KubernetesObject,
  declared: JsonObject,
  fields: JsonObject,
  ...others: readonly Entry[]
): KubernetesObject {
  const annotations = { [LAST_APPLIED]: JSON.stringify(declared) }
  const own = { ...fields, 'f:metadata': { 'f:annotations': { [`f:${LAST_APPLIED}`]: {} } } }
  const managedFields = managed({ manager: ARGO, fields: own }, ...others)
  return { ...live, metadata: { ...live.metadata, annotations, managedFields } }
}

const ARGO_POLICY = { policy: policyOf(ARGO) }

test('client-side: in last-applied and no longer declared is removed, even when a person changed it', () => {
  const declared = { data: { a: '1', b: '2' } }
  const untouched = clientSide(configMap({ a: '1', b: '2' }), declared, { 'f:data': { 'f:a': {}, 'f:b': {} } })
  assert.deepEqual(summary(verdictOf(configMap({ a: '1' }), untouched, ARGO_POLICY)), ['removed /data/b'])
  const touched = clientSide(configMap({ a: '1', b: '3' }), declared, { 'f:data': { 'f:a': {} } }, PERSON)
  assert.deepEqual(summary(verdictOf(configMap({ a: '1' }), touched, ARGO_POLICY)), ['removed /data/b'])
})

test('client-side: what the manager owns and never declared came with its writes', () => {
  const live = clientSide(configMap({ a: '1', b: '2' }), { data: { a: '1' } }, { 'f:data': { 'f:a': {}, 'f:b': {} } })
  assert.deepEqual(summary(verdictOf(configMap({ a: '1' }), live, ARGO_POLICY)), [])
})

test('a last-applied annotation that a person left is no record of the GitOps tool', () => {
  const annotations = { [LAST_APPLIED]: JSON.stringify({ data: { a: '1', b: '2' } }) }
  const person: Entry = {
    manager: 'kubectl-client-side-apply',
    fields: { 'f:data': { 'f:b': {} }, 'f:metadata': { 'f:annotations': { [`f:${LAST_APPLIED}`]: {} } } },
  }
  const live = configMap(
    { a: '1', b: '2' },
    { annotations, managedFields: managed(applied({ 'f:data': { 'f:a': {} } }), person) },
  )
  assert.deepEqual(summary(verdictOf(configMap({ a: '1' }), live)), ['added /data/b'])
})

test('client-side: the cause is read from what was applied', () => {
  const live = (value: string) => clientSide(configMap({ a: value }), { data: { a: '1' } }, { 'f:data': { 'f:a': {} } })
  const causeOf = (wanted: string, found: string) => verdictOf(configMap({ a: wanted }), live(found), ARGO_POLICY).cause
  assert.equal(causeOf('2', '1'), 'git')
  assert.equal(causeOf('1', '3'), 'live')
  assert.equal(causeOf('2', '3'), 'both')
})

test('what an apply wrote as stringData is not its to remove', () => {
  const redacted = `redacted:${'0'.repeat(32)}`
  const live = object(
    'Secret',
    { data: { a: redacted } },
    { managedFields: managed(applied({ 'f:stringData': { 'f:a': {} } })) },
  )
  assert.deepEqual(summary(verdictOf(object('Secret'), live)), [])
})

test('values of Secrets never leave, what differs does', () => {
  const redact = (digit: string) => `redacted:${digit.repeat(32)}`
  const secret = (digit: string) =>
    object('Secret', { data: { password: redact(digit) } }, { managedFields: managed(PERSON) })
  const [difference] = verdictOf(secret('1'), secret('2')).differences
  assert.deepEqual([difference?.path, difference?.redacted], ['/data/password', true])
  const fed = verdictOf(configMap({ a: 'hunter2' }), configMap({ a: 'hunter3' }), { redactedBySource: true })
  assert.deepEqual(fed.differences, [{ path: '/data/a', class: 'changed', effect: 'drift', redacted: true }])
})

test('operational metadata is reported, whoever set it', () => {
  const key = 'kubectl.kubernetes.io/restartedAt'
  const entry: Entry = {
    manager: 'kubectl-rollout',
    fields: { 'f:metadata': { 'f:annotations': { '.': {}, [`f:${key}`]: {} } } },
  }
  const live = configMap({}, { annotations: { [key]: 'now' }, managedFields: managed(entry) })
  const verdict = verdictOf(configMap({}), live)
  assert.deepEqual(
    verdict.differences.map(({ class: found, effect }) => [found, effect]),
    [['added', 'report']],
  )
  assert.equal(verdict.state, 'synced')
})

test('fields that are rendered otherwise each time are reported', () => {
  const live = configMap({ token: 'abc' }, { managedFields: managed(PERSON) })
  const verdict = verdictOf(configMap({ token: 'xyz' }), live, { unstable: ['/data/token'] })
  assert.deepEqual([verdict.state, verdict.differences[0]?.effect], ['synced', 'report'])
})

test('a GitOps tool that also updates what it applies does so as a controller', () => {
  const status: Entry = { manager: GITOPS, operation: 'Update', fields: { 'f:data': { 'f:b': {} } } }
  const live = configMap({ a: '1', b: '2' }, { managedFields: managed(applied({ 'f:data': { 'f:a': {} } }), status) })
  assert.deepEqual(summary(verdictOf(configMap({ a: '1' }), live)), [])
})

test('the rules of an aggregated ClusterRole are its controller’s, unless a person alone wrote them', () => {
  const role = (rules: JsonObject[] | undefined, ...entries: readonly Entry[]) =>
    object(
      'ClusterRole',
      { aggregationRule: { clusterRoleSelectors: [] }, ...(rules !== undefined && { rules }) },
      { managedFields: managed(...entries) },
      'rbac.authorization.k8s.io/v1',
    )
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
  const entry = (manager: string, operation: 'Apply' | 'Update'): Entry => ({
    manager,
    operation,
    fields: { 'f:rules': {} },
    apiVersion: 'rbac.authorization.k8s.io/v1',
  })
  const controller = entry('clusterrole-aggregation-controller', 'Apply')
  const person = entry('kubectl-edit', 'Update')
  for (const declared of [undefined, []]) {
    const judge = (...entries: readonly Entry[]) => told(verdictOf(role(declared), role(rules, ...entries)))
    assert.deepEqual(judge(controller), [])
    assert.deepEqual(judge(), [])
    assert.deepEqual(judge(controller, person), [])
    const found = declared === undefined ? 'added' : 'changed'
    assert.deepEqual(judge(person), [[found, '/rules', 'drift', 'kubectl-edit']])
  }
})

test('a value that names an item and is not known leaves open which live item is meant', () => {
  const desired = deployment(
    {},
    {
      env: [
        { name: 'RANDOM', value: 'x' },
        { name: 'a', value: '1' },
      ],
    },
  )
  const live = deployment(
    {},
    {
      env: [
        { name: 'other', value: 'x' },
        { name: 'a', value: '2' },
      ],
    },
  )
  const base = '/spec/template/spec/containers/0/env'
  const effects = (unstable: readonly string[]) =>
    verdictOf(desired, live, { ...RECORDED, unstable }).differences.map(({ path, effect }) => `${path} ${effect}`)
  assert.deepEqual(effects([`${base}/0/name`]), [`${base}/0 report`, `${base}/0 report`, `${base}/1/value drift`])
  // An item of which only the value is not known is missing all the same.
  assert.deepEqual(effects([`${base}/0/value`]).includes(`${base}/0 drift`), true)
  assert.equal(verdictOf(desired, deployment({ template: null }), { unstable: [`${base}/0/name`] }).state, 'changed')
})
