import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../src/model/json.ts'
import { builtProgram, runProgram } from '../commands/program.ts'
import { type Checked, type CheckedApp, check } from '../e2e/check.ts'
import { createWorkingRepository } from '../git/working-repository.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'

/**
 * What the config can say of how differences are judged, in the built program's `check` on a real API server: every app has the same
 * manifests in a namespace of its own, applied as Flux does, and something done to them by hand.
 */
const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl')

const MANIFESTS = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { level: info }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "nginx:1" }] }
`

interface Scenario {
  /** What the config says of the app, beside its name, source and destination. */
  readonly policy?: JsonObject
  /** What is done by hand: arguments of kubectl. */
  readonly kubectl?: readonly string[]
  /** Instead of the usual manifests; applied by the client, since a server-side apply refuses what it does not know. */
  readonly manifests?: string
  readonly cluster?: 'reader' | 'patcher'
  /** Status, and the differences as `effect class path manager`. */
  readonly expected: readonly string[]
}

const LABEL = ['label', 'deployment/web', 'team=a']
const LABELLED = 'added /metadata/labels kubectl-label'
const IMAGE = ['set', 'image', 'deployment/web', 'web=nginx:2']
const IMAGE_PATH = '/spec/template/spec/containers/0/image'
const CHANGED = `drift changed ${IMAGE_PATH} kubectl-set`
const ignoring = (rule: JsonObject): JsonObject => ({ ignore: [{ group: 'apps', kind: 'Deployment', ...rule }] })

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'added-by-hand': { kubectl: LABEL, expected: ['OutOfSync', `drift ${LABELLED}`] },
  'added-is-reported': {
    kubectl: LABEL,
    policy: { policy: { added: 'report' } },
    expected: ['Synced', `report ${LABELLED}`],
  },
  'added-is-ignored': { kubectl: LABEL, policy: { policy: { added: 'ignore' } }, expected: ['Synced'] },
  'by-another-person': {
    kubectl: [...LABEL, '--field-manager=acme-console'],
    expected: ['OutOfSync', 'drift added /metadata/labels acme-console'],
  },
  'by-a-controller': { kubectl: [...LABEL, '--field-manager=acme-operator'], expected: ['Synced'] },
  'by-the-pipeline': {
    kubectl: [...LABEL, '--field-manager=acme-console'],
    policy: { managers: ['kustomize-controller', 'acme-*'] },
    expected: ['Synced'],
  },
  restarted: {
    kubectl: ['rollout', 'restart', 'deployment/web'],
    expected: [
      'Synced',
      'report added /spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt kubectl-rollout',
    ],
  },
  'ignored-by-pointer': {
    kubectl: IMAGE,
    policy: ignoring({ jsonPointers: [IMAGE_PATH], namespace: 'ignored-*', name: 'w*b' }),
    expected: ['Synced'],
  },
  'ignored-elsewhere': {
    kubectl: IMAGE,
    policy: ignoring({ jsonPointers: [IMAGE_PATH], namespace: 'other-*' }),
    expected: ['OutOfSync', CHANGED],
  },
  'ignored-by-jq': {
    kubectl: IMAGE,
    policy: ignoring({ jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "web") | .image'] }),
    expected: ['Synced'],
  },
  'ignored-by-another-jq': {
    kubectl: IMAGE,
    policy: ignoring({ jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "other") | .image'] }),
    expected: ['OutOfSync', CHANGED],
  },
  'ignored-by-manager': {
    kubectl: IMAGE,
    policy: ignoring({ managedFieldsManagers: ['kubectl-set'] }),
    expected: ['Synced'],
  },
  'ignored-for-all': { kubectl: ['annotate', 'deployment/web', 'acme.example.com/x=1'], expected: ['Synced'] },
  'jq-without-end': {
    policy: ignoring({ jqPathExpressions: ['def f: f; f'] }),
    expected: ['Unknown GDE_TIMEOUT'],
  },
  'jq-without-limit': {
    policy: ignoring({
      jqPathExpressions: ['.metadata | select((reduce range(40) as $i ("xxxxxxxx"; . + .)) == "x")'],
    }),
    expected: ['Unknown GDE_RENDER_CRASHED'],
  },
  'pruned-fields': {
    manifests: MANIFESTS.replace('replicas: 2', 'replicas: 2\n  replica: 3'),
    expected: ['Synced', 'invalid /spec/replica'],
  },
  'server-side': { policy: { policy: { compare: 'server-side' } }, cluster: 'patcher', expected: ['Synced'] },
  'server-side-edited': {
    policy: { policy: { compare: 'server-side' } },
    cluster: 'patcher',
    kubectl: IMAGE,
    expected: ['OutOfSync', CHANGED],
  },
  'server-side-added': {
    policy: { policy: { compare: 'server-side' } },
    cluster: 'patcher',
    kubectl: LABEL,
    expected: ['OutOfSync', `drift ${LABELLED}`],
  },
  'server-side-refused': {
    policy: { policy: { compare: 'server-side' } },
    expected: ['Unknown GDE_CLUSTER_FORBIDDEN'],
  },
  'mutated-by-admission': {
    expected: ['OutOfSync', 'drift changed /spec/replicas kustomize-controller'],
  },
  'mutated-server-side': {
    policy: { policy: { compare: 'server-side' } },
    cluster: 'patcher',
    expected: ['Synced'],
  },
  'mutated-server-side-edited': {
    policy: { policy: { compare: 'server-side' } },
    cluster: 'patcher',
    kubectl: IMAGE,
    expected: ['OutOfSync', CHANGED],
  },
}

/** What a mutating webhook would do, by the API server itself: every Deployment of such namespaces gets seven replicas. */
const ADMISSION = `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: { name: seven }
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    namespaceSelector: { matchLabels: { mutated: "true" } }
    resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments] }]
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 7}}' }
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: { name: seven }
spec: { policyName: seven }
`

const parts = new AsyncDisposableStack()
let server: KubeApiServer
let config = ''
let checked: Checked

before(
  async () => {
    if (skip !== false) return
    await builtProgram()
    const folder = parts.use(await temporaryFolder('policies')).path
    server = parts.use(await startKubeApiServer())
    const repository = await createWorkingRepository(join(folder, 'repository'))
    const apps = Object.entries(SCENARIOS)
    await repository.commit(
      Object.fromEntries(apps.map(([name, { manifests = MANIFESTS }]) => [`${name}/all.yaml`, manifests])),
    )
    const namespaces = apps.map(
      ([name]) =>
        `{ apiVersion: v1, kind: Namespace, metadata: { name: ${name}, labels: { mutated: "${name.startsWith('mutated')}" } } }`,
    )
    await server.kubectl(['apply', '--filename=-'], { input: `${ADMISSION}---\n${namespaces.join('\n---\n')}` })
    for (const [name] of apps) await apply(name, join(repository.path, name))
    for (const [name, { kubectl }] of apps)
      if (kubectl !== undefined) await server.kubectl([...kubectl, `--namespace=${name}`])
    config = join(folder, 'config.yaml')
    await writeFile(config, JSON.stringify(await configOf(repository.url)))
    checked = await check(config)
  },
  { timeout: 300_000 },
)

after(() => parts.disposeAsync())

/** As Flux does; the admission policy is believed when it works. */
async function apply(name: string, folder: string): Promise<void> {
  const onServer = SCENARIOS[name]?.manifests === undefined ? ['--server-side', '--force-conflicts'] : []
  const how = [...onServer, '--field-manager=kustomize-controller', '--validate=false']
  const isDone = async () => {
    await server.kubectl(['apply', ...how, `--namespace=${name}`, `--filename=${folder}`])
    const replicas = ['get', 'deployment/web', `--namespace=${name}`, '--output=jsonpath={.spec.replicas}']
    return !name.startsWith('mutated') || (await server.kubectl(replicas)).stdout === '7'
  }
  for (let attempt = 0; attempt < 100; attempt++) if (await isDone()) return
  throw new Error('the admission policy does nothing')
}

async function configOf(repository: string): Promise<JsonObject> {
  const resources = ['deployments', 'configmaps']
  const reading = { apiGroups: ['', 'apps'], resources, verbs: ['get', 'list', 'watch'] }
  const patching = { ...reading, verbs: [...reading.verbs, 'patch'] }
  const reader = await server.addUser('reader', { clusterRules: [reading] })
  const patcher = await server.addUser('patcher', { clusterRules: [patching] })
  return {
    stateDirectory: './state',
    limits: { renderTimeout: '3s' },
    clusters: [
      { name: 'reader', kubeconfig: { path: reader.kubeconfig } },
      { name: 'patcher', kubeconfig: { path: patcher.kubeconfig } },
    ],
    comparing: {
      manualManagers: ['kubectl*', 'acme-console'],
      ignore: [{ kind: 'Deploy*', jsonPointers: ['/metadata/annotations/acme.example.com~1x'] }],
    },
    apps: Object.entries(SCENARIOS).map(([name, { policy = {}, cluster = 'reader' }]) => ({
      name,
      source: { repository, revision: 'main', path: name },
      destination: { cluster, namespace: name },
      managers: ['kustomize-controller'],
      showValues: [name],
      ...policy,
    })),
  }
}

function summary({ status, reason, objects }: CheckedApp): readonly string[] {
  const differences = objects.flatMap(({ differences: found, invalidFields = [] }) => [
    ...found.map(({ effect, class: kind, path, actor }) => `${effect} ${kind} ${path} ${actor?.manager}`),
    ...invalidFields.map((path) => `invalid ${path}`),
  ])
  return [reason === null ? status : `${status} ${reason}`, ...differences]
}

for (const [name, { expected }] of Object.entries(SCENARIOS))
  test(`${name.replaceAll('-', ' ')}: ${expected.join(', ')}`, { skip }, () => {
    const app = checked.apps.find(({ identity }) => identity.name === name)
    assert.ok(app !== undefined)
    assert.deepEqual(summary(app), expected, app.message ?? '')
  })

test('Unknown wins over drift', { skip }, () => {
  assert.equal(checked.code, 2)
})

test('check --diff shows path, both values, who and when', { skip }, async () => {
  const { code, out } = await runProgram('check', '--config', config, '--app', 'ignored-elsewhere', '--diff')
  assert.equal(code, 1)
  assert.match(out, /spec\.template\.spec\.containers\[name=web\]\.image|\/spec\/template\/spec\/containers\/0\/image/)
  assert.match(out, /^- +image: nginx:2$/m)
  assert.match(out, /^\+ +image: nginx:1$/m)
  assert.match(out, /kubectl set.*\d{4}-\d\d-\d\d/)
})

test('check --diff shows pruned fields, too', { skip }, async () => {
  const { code, out } = await runProgram('check', '--config', config, '--app', 'pruned-fields', '--diff')
  assert.equal(code, 0)
  assert.match(out, /\/spec\/replica\b/)
})
