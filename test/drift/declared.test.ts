import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSchemas } from '../../src/kubernetes/openapi/openapi.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { configMap, deployment, GITOPS, managed, object, RECORDED, summary, verdictOf } from './objects.ts'

const managedFields = [{ manager: 'somebody', operation: 'Update', fieldsV1: {} }]

/** The objects here have no managedFields because nobody tracked them, not because they were lost. */

test('an object that is as declared is in sync', () => {
  const verdict = verdictOf(
    configMap({ a: '1' }),
    configMap({ a: '1' }, { managedFields, uid: 'u', resourceVersion: '1' }),
  )
  assert.deepEqual(verdict, {
    key: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'x' },
    version: 'v1',
    state: 'synced',
    differences: [],
  })
})

test('an object that is not there is missing as a whole', () => {
  const desired = configMap({ a: '1' })
  const verdict = verdictOf(desired, undefined)
  assert.equal(verdict.state, 'missing')
  assert.deepEqual(verdict.differences, [{ path: '', class: 'missing', effect: 'drift', desired }])
})

test('changed and missing values are reported with pointer, display path and both values', () => {
  const verdict = verdictOf(configMap({ 'a/b~c': '1', d: '2' }), configMap({ 'a/b~c': '3' }, { managedFields }))
  assert.deepEqual(
    verdict.differences.map(({ path, displayPath, desired, live }) => [path, displayPath, desired, live]),
    [
      ['/data/a~1b~0c', ['data', 'a/b~c'], '1', '3'],
      ['/data/d', ['data', 'd'], '2', undefined],
    ],
  )
  assert.equal(verdict.state, 'changed')
})

test('quantities are compared by value, other texts as they are', () => {
  const resources = (cpu: string | number, memory: string) => deployment({}, { resources: { limits: { cpu, memory } } })
  assert.deepEqual(summary(verdictOf(resources('1000m', '1024Mi'), resources('1', '1Gi'))), [])
  assert.deepEqual(summary(verdictOf(resources(0.5, '1e3'), resources('500m', '1k'))), [])
  // Resource lists are stored in thousandths.
  assert.deepEqual(summary(verdictOf(resources('100u', '1'), resources('1m', '1'))), [])
  assert.deepEqual(summary(verdictOf(resources('1', '1Gi'), resources('1', '1G'))), [
    'changed /spec/template/spec/containers/0/resources/limits/memory',
  ])
  assert.deepEqual(summary(verdictOf(configMap({ a: '1000m' }), configMap({ a: '1' }))), ['changed /data/a'])
})

test('a zero value that Go drops equals an absent one; one behind a pointer does not', () => {
  const without = deployment()
  assert.deepEqual(summary(verdictOf(deployment({ minReadySeconds: 0, paused: false }), without)), [])
  assert.deepEqual(summary(verdictOf(deployment({}, { env: [], command: [], workingDir: '' }), without)), [])
  const guarded = deployment({}, { securityContext: { allowPrivilegeEscalation: false } })
  assert.deepEqual(summary(verdictOf(guarded, without)), ['missing /spec/template/spec/containers/0/securityContext'])
  const bare = deployment({}, { securityContext: {} })
  assert.deepEqual(summary(verdictOf(guarded, bare)), [
    'missing /spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation',
  ])
  assert.deepEqual(summary(verdictOf(deployment({ replicas: 0 }), deployment({ replicas: 1 }))), [
    'changed /spec/replicas',
  ])
})

test('a zero value that a default replaces is no difference', () => {
  const live = deployment({}, { imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' })
  const desired = deployment({}, { imagePullPolicy: '', terminationMessagePath: '' })
  assert.deepEqual(summary(verdictOf(desired, live)), [])
})

test('null declares nothing', () => {
  assert.deepEqual(summary(verdictOf(deployment({ replicas: null }), deployment({ replicas: 1 }))), [])
  assert.deepEqual(summary(verdictOf(configMap({ a: null }), configMap({ a: '' }))), [])
  // A zero value behind a pointer is not nothing: an apply would drop it.
  const live = object('ServiceAccount', { automountServiceAccountToken: false })
  const desired = object('ServiceAccount', { automountServiceAccountToken: null })
  assert.deepEqual(summary(verdictOf(desired, live, RECORDED)), ['added /automountServiceAccountToken'])
})

test('null in a Secret is nothing, be it dropped or stored as the empty value', () => {
  const secret = (data: JsonObject) => object('Secret', { data })
  for (const live of [{}, { none: '' }, { none: null }]) {
    assert.deepEqual(summary(verdictOf(secret({ none: null }), secret(live), RECORDED)), [], JSON.stringify(live))
  }
  assert.deepEqual(summary(verdictOf(secret({ none: '' }), secret({ none: null }))), [])
  assert.deepEqual(summary(verdictOf(secret({ empty: '' }), secret({}))), ['missing /data/empty'])
})

test("a Job's defaults are not those of a CronJob's template", () => {
  const jobSpec = { template: { spec: { containers: [{ name: 'main', image: 'nginx:1' }] } } }
  const cronJob = (more: object) =>
    object('CronJob', { spec: { schedule: '@daily', jobTemplate: { spec: { ...jobSpec, ...more } } } }, {}, 'batch/v1')
  const job = (more: object) => object('Job', { spec: { ...jobSpec, ...more } }, {}, 'batch/v1')
  const filled = { backoffLimit: 6, suspend: false }
  assert.deepEqual(summary(verdictOf(job({}), job(filled), RECORDED)), [])
  assert.deepEqual(summary(verdictOf(cronJob({}), cronJob(filled), RECORDED)), [
    'added /spec/jobTemplate/spec/backoffLimit',
    'added /spec/jobTemplate/spec/suspend',
  ])
  assert.deepEqual(summary(verdictOf(cronJob(filled), cronJob({}))), [
    'missing /spec/jobTemplate/spec/backoffLimit',
    'missing /spec/jobTemplate/spec/suspend',
  ])
})

test('a host port that nobody owns is what older servers wrote beside the host network', () => {
  const template = (more: object) => ({
    template: {
      metadata: { labels: { app: 'x' } },
      spec: {
        hostNetwork: true,
        containers: [{ name: 'main', image: 'nginx:1', ports: [{ containerPort: 80, ...more }] }],
      },
    },
  })
  const desired = deployment(template({}))
  assert.deepEqual(summary(verdictOf(desired, deployment(template({ hostPort: 80 })), RECORDED)), [])
  const fields = {
    'f:spec': {
      'f:template': {
        'f:spec': {
          'f:containers': {
            'k:{"name":"main"}': { 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { 'f:hostPort': {} } } },
          },
        },
      },
    },
  }
  const owned = { managedFields: managed({ manager: GITOPS, operation: 'Apply', fields }) }
  assert.deepEqual(summary(verdictOf(desired, deployment(template({ hostPort: 80 }), {}, owned))), [
    'removed /spec/template/spec/containers/0/ports/0/hostPort',
  ])
})

test('a value of the server’s choice that a person wrote over a declared empty one is a change', () => {
  const webhook = (caBundle: string) => ({
    webhooks: [{ name: 'a.example.com', clientConfig: { url: 'https://example.com', caBundle } }],
  })
  const kind = 'ValidatingWebhookConfiguration'
  const version = 'admissionregistration.k8s.io/v1'
  const desired = object(kind, webhook(''), {}, version)
  const fields = {
    'f:webhooks': { 'k:{"name":"a.example.com"}': { 'f:clientConfig': { 'f:caBundle': {} } } },
  }
  const writtenBy = (manager: string) =>
    object(kind, webhook('AAEC'), { managedFields: managed({ manager, apiVersion: version, fields }) }, version)
  assert.deepEqual(summary(verdictOf(desired, writtenBy('cert-manager-cainjector'))), [])
  assert.deepEqual(summary(verdictOf(desired, writtenBy('kubectl-edit'))), [
    'changed /webhooks/0/clientConfig/caBundle',
  ])
})

test('empty is not always nothing', () => {
  const policy = (spec: object) => object('NetworkPolicy', { spec: Object(spec) }, {}, 'networking.k8s.io/v1')
  const declared = policy({ podSelector: {}, egress: [{}], policyTypes: ['Egress'] })
  assert.deepEqual(summary(verdictOf(declared, policy({ podSelector: {}, policyTypes: ['Egress'] }))), [
    'missing /spec/egress',
  ])
  const budget = (spec: object) => object('PodDisruptionBudget', { spec: Object(spec) }, {}, 'policy/v1')
  assert.deepEqual(summary(verdictOf(budget({ selector: {} }), budget({}))), ['missing /spec/selector'])
})

test('a port as text is not the same port', () => {
  const service = (targetPort: number | string) => object('Service', { spec: { ports: [{ port: 80, targetPort }] } })
  assert.deepEqual(summary(verdictOf(service('8080'), service(8080))), ['changed /spec/ports/0/targetPort'])
})

test('items of keyed lists are found by their keys, which have defaults', () => {
  const service = (...ports: readonly object[]) => object('Service', { spec: { ports: ports.map(Object) } })
  const desired = service(
    { name: 'a', port: 80, targetPort: 1 },
    { name: 'b', port: 80, protocol: 'UDP', targetPort: 2 },
  )
  const live = service(
    { name: 'a', port: 80, protocol: 'TCP', targetPort: 1 },
    { name: 'b', port: 80, protocol: 'UDP', targetPort: 3 },
  )
  assert.deepEqual(summary(verdictOf(desired, live)), ['changed /spec/ports/1/targetPort'])
})

test('a pointer leads into the desired list for what is declared', () => {
  const env = (...names: readonly string[]) => deployment({}, { env: names.map((name) => ({ name, value: name })) })
  const live = env('new', 'a', 'b')
  const base = '/spec/template/spec/containers/0/env'
  const changed = deployment(
    {},
    {
      env: [
        { name: 'a', value: 'a' },
        { name: 'b', value: 'other' },
      ],
    },
  )
  assert.deepEqual(summary(verdictOf(changed, live, RECORDED)), [`added ${base}/0`, `changed ${base}/1/value`])
  assert.deepEqual(verdictOf(changed, live, RECORDED).differences[1]?.displayPath?.slice(-3), [
    'env',
    '[name=b]',
    'value',
  ])
})

test('the order of declared items of a keyed list counts, what lies between them does not', () => {
  const init = (...names: readonly string[]) => {
    const initContainers = names.map((name) => ({ name, image: 'a:1' }))
    const template = { metadata: {}, spec: { containers: [{ name: 'main', image: 'nginx:1' }], initContainers } }
    return deployment({ template })
  }
  const path = '/spec/template/spec/initContainers'
  assert.deepEqual(summary(verdictOf(init('a', 'b'), init('b', 'a'))), [`changed ${path}`])
  assert.deepEqual(summary(verdictOf(init('a', 'b'), init('a', 'c', 'b'), RECORDED)), [`added ${path}/1`])
})

test('sets have no order, other lists have', () => {
  const withFinalizers = (...finalizers: readonly string[]) => configMap({}, { finalizers, managedFields })
  assert.deepEqual(summary(verdictOf(withFinalizers('a', 'b'), withFinalizers('b', 'a'))), [])
  assert.deepEqual(summary(verdictOf(withFinalizers('a', 'b'), withFinalizers('b'))), [
    'missing /metadata/finalizers/0',
  ])
  const args = (...list: readonly string[]) => deployment({}, { args: list })
  const path = '/spec/template/spec/containers/0/args'
  assert.deepEqual(summary(verdictOf(args('a', 'b'), args('b', 'a'))), [`changed ${path}/0`, `changed ${path}/1`])
  assert.deepEqual(summary(verdictOf(args('a', 'b'), args('a'))), [`changed ${path}`])
})

test('several items with the same keys are paired by their turn', () => {
  const env = (...values: readonly string[]) => deployment({}, { env: values.map((value) => ({ name: 'A', value })) })
  assert.deepEqual(summary(verdictOf(env('1', '2'), env('1', '2'))), [])
  assert.deepEqual(summary(verdictOf(env('1', '2'), env('1'))), ['missing /spec/template/spec/containers/0/env/1'])
})

test('the deprecated name of the service account is the same field', () => {
  const account = (parts: object) => {
    const template = { metadata: {}, spec: { containers: [{ name: 'main', image: 'nginx:1' }], ...parts } }
    return deployment({ template: Object(template) })
  }
  const live = account({ serviceAccount: 'a', serviceAccountName: 'a' })
  assert.deepEqual(summary(verdictOf(account({ serviceAccountName: 'a' }), live)), [])
  assert.deepEqual(summary(verdictOf(account({ serviceAccount: 'a' }), live)), [])
  assert.deepEqual(summary(verdictOf(account({ serviceAccount: 'other', serviceAccountName: 'a' }), live)), [])
  assert.deepEqual(summary(verdictOf(account({ serviceAccount: 'b' }), live)), [
    'changed /spec/template/spec/serviceAccount',
  ])
})

test('fields that the schema does not know are invalid, not drift', () => {
  const verdict = verdictOf(deployment({ replica: 3 }, { imagePullPolice: 'Always' }), deployment())
  assert.equal(verdict.state, 'synced')
  assert.deepEqual(verdict.invalidFields, ['/spec/template/spec/containers/0/imagePullPolice', '/spec/replica'])
})

test('rules of an aggregated ClusterRole are the controller’s', () => {
  const role = (rules: readonly object[]) =>
    object(
      'ClusterRole',
      { aggregationRule: { clusterRoleSelectors: [] }, rules: rules.map(Object) },
      {},
      'rbac.authorization.k8s.io/v1',
    )
  assert.deepEqual(summary(verdictOf(role([]), role([{ verbs: ['get'] }]))), [])
})

test('status, identity and what the server sets in metadata are not compared', () => {
  const live = {
    ...configMap({ a: '1' }, { uid: 'u', generation: 3, selfLink: '/x', managedFields }),
    status: { ready: false },
  }
  const desired = { ...configMap({ a: '1' }, { uid: 'other', creationTimestamp: null }), status: { ready: true } }
  assert.deepEqual(summary(verdictOf(desired, live)), [])
})

test('times and bytes are spelled anew by the server', () => {
  const lease = (renewTime: string) => object('Lease', { spec: { renewTime } }, {}, 'coordination.k8s.io/v1')
  const written = lease('2026-01-01T01:00:00.500000+01:00')
  assert.deepEqual(summary(verdictOf(written, lease('2026-01-01T00:00:00.500000Z'))), [])
  assert.deepEqual(summary(verdictOf(written, lease('2026-01-01T00:00:00.500001Z'))), ['changed /spec/renewTime'])
  const binary = (text: string) => object('ConfigMap', { binaryData: { a: text } })
  assert.deepEqual(summary(verdictOf(binary('AAEC\nAw=='), binary('AAECAw=='))), [])
})

test('an object declared in one version and read in another is converted where that is known', () => {
  const scaler = (version: string, spec: object) =>
    object('HorizontalPodAutoscaler', { spec: Object(spec) }, {}, `autoscaling/${version}`)
  const scaleTargetRef = { kind: 'Deployment', name: 'x', apiVersion: 'apps/v1' }
  const target = { type: 'Utilization', averageUtilization: 50 }
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }]
  const live = scaler('v2', { maxReplicas: 3, minReplicas: 1, scaleTargetRef, metrics })
  const desired = (targetCPUUtilizationPercentage: number) =>
    scaler('v1', { maxReplicas: 3, scaleTargetRef, targetCPUUtilizationPercentage })
  assert.deepEqual(summary(verdictOf(desired(50), live)), [])
  assert.deepEqual(summary(verdictOf(desired(60), live)), [
    'changed /spec/metrics/0/resource/target/averageUtilization',
  ])
})

test('custom resources in another version are unknown when they differ', () => {
  const custom = (version: string, size: number) => object('Widget', { spec: { size } }, {}, `example.com/${version}`)
  assert.equal(verdictOf(custom('v1', 3), custom('v2', 3)).state, 'synced')
  const verdict = verdictOf(custom('v1', 3), custom('v2', 4))
  assert.deepEqual([verdict.state, verdict.reason?.code, verdict.differences], ['unknown', 'GDE_COMPARE_VERSION', []])
})

test('versions of a custom resource that look alike are compared as one', () => {
  const model = (version: string, spec: JsonObject): JsonObject => ({
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group: 'example.com', version, kind: 'Widget' }],
    properties: { spec: { type: 'object', properties: spec } },
  })
  const size = { type: 'integer' }
  const tags = (list: string) => ({ type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': list })
  const schemasOf = (old: JsonObject, now: JsonObject) =>
    compileSchemas([{ document: { components: { schemas: { a: model('v1beta1', old), b: model('v1', now) } } } }])
  const custom = (version: string, spec: JsonObject) => object('Widget', { spec }, {}, `example.com/${version}`)
  const desired = custom('v1beta1', { size: 3, tags: ['a'] })
  const live = custom('v1', { size: 4, tags: ['a'] })
  const alike = schemasOf({ size, tags: tags('set') }, { size, tags: tags('set'), more: size })
  assert.deepEqual(summary(verdictOf(desired, live, { schemas: alike })), ['changed /spec/size'])
  for (const other of [{ size, tags: tags('atomic') }, { size: { type: 'object' }, tags: tags('set') }, { size }])
    assert.equal(verdictOf(desired, live, { schemas: schemasOf({ size, tags: tags('set') }, other) }).state, 'unknown')
})

test('of a rendering that used a Secret no value is reported', () => {
  const redacted = { redactedBySource: true }
  const live = deployment({}, { env: [{ name: 'A', value: 'hunter2' }] }, { finalizers: ['hunter3'] })
  const text = JSON.stringify([
    verdictOf(deployment({}, { env: [{ name: 'A', value: 'hunter1' }] }), live, { ...redacted, ...RECORDED }),
    verdictOf(live, undefined, redacted),
  ])
  assert.ok(text.includes('"path":"/spec/template/spec/containers/0/env/0/value"'), text)
  assert.ok(!/hunter/.test(text), text)
})

test('labels and annotations of a Secret differ, and are not shown: they may copy a value', () => {
  const secret = (marks: JsonObject) => object('Secret', {}, marks)
  const live = secret({ annotations: { copy: 'hunter2' }, labels: { copy: 'hunter2' } })
  const changed = verdictOf(secret({ annotations: { copy: 'hunter1' }, labels: { copy: 'hunter1' } }), live)
  assert.deepEqual(summary(changed), ['changed /metadata/annotations/copy', 'changed /metadata/labels/copy'])
  const added = verdictOf(secret({}), live)
  assert.ok(!/hunter/.test(JSON.stringify([changed, added])))
  const map = verdictOf(
    configMap({}, { annotations: { a: 'shown1' } }),
    configMap({}, { annotations: { a: 'shown2' } }),
  )
  assert.match(JSON.stringify(map), /shown1.*shown2/)
})
