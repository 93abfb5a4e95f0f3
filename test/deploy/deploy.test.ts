import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments, stringify } from 'yaml'
import { loadConfig } from '../../src/config/load-config.ts'
import { builtinKinds } from '../../src/kubernetes/builtin/table.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at, listAt } from '../servers/http-json.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'

const ROOT = join(import.meta.dirname, '../..')
const BASE = join(ROOT, 'deploy/base')
const skip = skipWithout('kustomize')

async function built(folder = BASE): Promise<readonly JsonObject[]> {
  const { stdout } = await run(toolPath('kustomize'), ['build', folder])
  return parseAllDocuments(stdout).map((document) => {
    const value: Json = document.toJS()
    assert.ok(isJsonObject(value))
    return value
  })
}

async function ofKind(kind: string): Promise<JsonObject> {
  const found = (await built()).filter((object) => object.kind === kind)
  assert.equal(found.length, 1, `${found.length} objects of kind ${kind}`)
  return found[0] ?? {}
}

test('kustomize builds the base into what a deployment needs', { skip }, async () => {
  const kinds = (await built()).map(({ kind }) => String(kind))
  assert.deepEqual(kinds.toSorted(), [
    'ClusterRole',
    'ClusterRoleBinding',
    'ConfigMap',
    'Namespace',
    'NetworkPolicy',
    'Service',
    'ServiceAccount',
    'StatefulSet',
  ])
})

test('the ClusterRole can do nothing but get, list and watch, and no rule takes in a subresource', {
  skip,
}, async () => {
  for (const rule of listAt(await ofKind('ClusterRole'), 'rules')) {
    assert.deepEqual(at(rule, 'verbs'), ['get', 'list', 'watch'])
    for (const name of [...listAt(rule, 'apiGroups'), ...listAt(rule, 'resources')])
      assert.match(String(name), /^[a-z0-9.]*$/, 'a wildcard would grant get on pods/exec and nodes/proxy')
  }
})

/** Made by Kubernetes' own components, not by people: what no app declares need not be readable. */
const NOT_DECLARED = [
  'certificatesigningrequests.certificates.k8s.io',
  'controllerrevisions.apps',
  'csinodes.storage.k8s.io',
  'csistoragecapacities.storage.k8s.io',
  'events.',
  'events.events.k8s.io',
  'ipaddresses.networking.k8s.io',
  'leasecandidates.coordination.k8s.io',
  'leases.coordination.k8s.io',
  'nodes.',
  'resourcepoolstatusrequests.resource.k8s.io',
  'resourceslices.resource.k8s.io',
  'storageversions.internal.apiserver.k8s.io',
  'volumeattachments.storage.k8s.io',
]

test('every built-in kind that an app may declare can be read but Secrets, and no misspelt one', { skip }, async () => {
  const granted = listAt(await ofKind('ClusterRole'), 'rules').flatMap((rule) =>
    listAt(rule, 'apiGroups').flatMap((group) => listAt(rule, 'resources').map((resource) => `${resource}.${group}`)),
  )
  const ofControllers = /\.(argoproj\.io|[a-z]+\.toolkit\.fluxcd\.io)$/
  const declarable = builtinKinds().map(({ group, resource }) => `${resource}.${group}`)
  assert.deepEqual(
    granted.filter((name) => !ofControllers.test(name)).toSorted(),
    declarable.filter((name) => name !== 'secrets.' && !NOT_DECLARED.includes(name)).toSorted(),
  )
})

test('components grant reading of Secrets to the account of the base, and nothing else', { skip }, async () => {
  const account = at(await ofKind('ServiceAccount'), 'metadata')
  for (const [component, roleKind] of [
    ['argocd-secrets', 'Role'],
    ['secrets', 'ClusterRole'],
  ] as const) {
    await using folder = await temporaryFolder('component')
    const [base, own] = [BASE, join(ROOT, 'deploy/components', component)].map((path) => relative(folder.path, path))
    await writeFile(join(folder.path, 'kustomization.yaml'), stringify({ resources: [base], components: [own] }))
    const more = (await built(folder.path)).filter(({ metadata }) =>
      String(at(metadata ?? null, 'name')).endsWith(component),
    )
    assert.equal(more.length, 2)
    assert.deepEqual(more.find((one) => one.kind === roleKind)?.rules, [
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
    ])
    const [subject] = listAt(more.find((one) => one.kind === `${roleKind}Binding`) ?? null, 'subjects')
    assert.deepEqual(subject, {
      kind: 'ServiceAccount',
      name: at(account ?? null, 'name') ?? null,
      namespace: at(account ?? null, 'namespace') ?? null,
    })
  }
})

test('the rights are bound to the account that the pod runs as', { skip }, async () => {
  const account = await ofKind('ServiceAccount')
  const pod = at(await ofKind('StatefulSet'), 'spec', 'template', 'spec')
  const [subject] = listAt(await ofKind('ClusterRoleBinding'), 'subjects')
  assert.deepEqual(subject, {
    kind: 'ServiceAccount',
    name: at(account, 'metadata', 'name') ?? null,
    namespace: at(account, 'metadata', 'namespace') ?? null,
  })
  assert.equal(at(pod, 'serviceAccountName'), at(account, 'metadata', 'name'))
  assert.equal(at(pod, 'automountServiceAccountToken'), true)
})

test('the pod runs without privileges and writes to its volumes alone', { skip }, async () => {
  const pod = at(await ofKind('StatefulSet'), 'spec', 'template', 'spec') ?? null
  assert.equal(at(pod, 'securityContext', 'runAsNonRoot'), true)
  assert.equal(at(pod, 'securityContext', 'seccompProfile', 'type'), 'RuntimeDefault')
  const [container] = listAt(pod, 'containers')
  assert.deepEqual(at(container, 'securityContext'), {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
})

test('the config of the base is valid, and what it names is where the pod has it', { skip }, async () => {
  const settings = await loadConfig(join(BASE, 'config.yaml'))
  const [container] = listAt(at(await ofKind('StatefulSet'), 'spec', 'template', 'spec') ?? null, 'containers')
  const mounts = new Map(
    listAt(container ?? null, 'volumeMounts').map((mount) => [at(mount, 'name'), at(mount, 'mountPath')]),
  )
  assert.equal(mounts.get('state'), settings.stateDirectory)
  const [port] = listAt(container ?? null, 'ports')
  assert.equal(at(port, 'containerPort'), settings.metrics.port)
  assert.equal(settings.pages.address, '127.0.0.1')
  assert.deepEqual(at(container, 'args'), ['serve', '--config', `${mounts.get('config')}/config.yaml`])
  const names = Object.keys(at(await ofKind('ConfigMap'), 'data') ?? {})
  assert.deepEqual(names, ['config.yaml'])
})

test('the image ends with the built program, as a user without a name, and starts serve', async () => {
  const stages = (await readFile(join(ROOT, 'Dockerfile'), 'utf8')).split(/^FROM /m).slice(1)
  const last = stages.at(-1) ?? ''
  assert.match(last, /^node:24-[a-z]+-slim\n/)
  assert.match(last, /^USER [1-9]\d*:[1-9]\d*$/m)
  assert.match(last, /^ENTRYPOINT \["node", "--max-semi-space-size=16", "\/app\/dist\/main\.js"\]$/m)
  assert.match(last, /^CMD \["serve", "--config", "\/etc\/gitops-drift-exporter\/config\.yaml"\]$/m)
  assert.doesNotMatch(last, /^(RUN .*(apt-get|npm (ci|install))|ADD |COPY \. )/m)
  for (const stage of stages) assert.doesNotMatch(stage, /:latest\b|^ARG .*(TOKEN|PASSWORD|SECRET)/m)
  for (const ignored of ['.git', 'node_modules', '.cache'])
    assert.ok((await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n').includes(ignored))
})

test('the component web-config mounts the files of a listener, and the probes speak HTTPS', { skip }, async () => {
  await using folder = await temporaryFolder('component')
  const [base, own] = [BASE, join(ROOT, 'deploy/components/web-config')].map((path) => relative(folder.path, path))
  await writeFile(join(folder.path, 'kustomization.yaml'), stringify({ resources: [base], components: [own] }))
  const set = (await built(folder.path)).find(({ kind }) => kind === 'StatefulSet')
  const pod = at(set ?? null, 'spec', 'template', 'spec') ?? null
  const [container = null] = listAt(pod, 'containers')
  for (const probe of ['livenessProbe', 'readinessProbe'])
    assert.equal(at(container, probe, 'httpGet', 'scheme'), 'HTTPS', probe)
  assert.deepEqual(
    listAt(container, 'volumeMounts').filter((mount) => at(mount, 'name') === 'web'),
    [{ name: 'web', mountPath: '/etc/gitops-drift-exporter-web', readOnly: true }],
  )
  assert.deepEqual(
    listAt(pod, 'volumes').filter((volume) => at(volume, 'name') === 'web'),
    [{ name: 'web', secret: { secretName: 'gitops-drift-exporter-web' } }],
  )
})
