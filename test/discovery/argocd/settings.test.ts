import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kindScope, readSettings } from '../../../src/discovery/argocd/argocd-settings.ts'

test('without any setting, Argo CD’s defaults', () => {
  const settings = readSettings({}, {})
  assert.deepEqual(settings.tracking, { method: 'annotation', labelKey: 'app.kubernetes.io/instance' })
  assert.deepEqual(settings.ignore, [{ jsonPointers: ['/status'] }])
  assert.deepEqual([settings.inClusterEnabled, settings.reconciliationSeconds], [true, 120])
  assert.deepEqual(settings.applicationSets.policyOverrideDisabled, false)
  assert.equal(settings.resourceExclusions.length, 3)
  assert.deepEqual(settings.warnings, [])
})

test('what is set is read', () => {
  const settings = readSettings(
    {
      'application.resourceTrackingMethod': 'annotation+label',
      'application.instanceLabelKey': 'team/app',
      installationID: 'one',
      'cluster.inClusterEnabled': 'false',
      'resource.exclusions': '- {apiGroups: [cilium.io], kinds: [CiliumIdentity], clusters: ["*"]}',
      'resource.compareoptions': 'ignoreAggregatedRoles: true\nignoreResourceStatusField: crd',
      'kustomize.buildOptions': '--enable-helm  --load-restrictor LoadRestrictionsNone',
      'helm.valuesFileSchemes': 'https, s3',
      'timeout.reconciliation': '1m30s',
    },
    {
      'application.namespaces': 'team-*, /x/',
      'applicationsetcontroller.policy': 'create-only',
      'applicationsetcontroller.enable.new.git.file.globbing': 'true',
      'applicationsetcontroller.global.preserved.labels': 'a,b',
    },
  )
  assert.deepEqual(settings.tracking, { method: 'annotation+label', labelKey: 'team/app', installationId: 'one' })
  assert.deepEqual(settings.ignore, [
    { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', jsonPointers: ['/status'] },
  ])
  assert.deepEqual(settings.resourceExclusions.at(-1), {
    apiGroups: ['cilium.io'],
    kinds: ['CiliumIdentity'],
    clusters: ['*'],
  })
  assert.deepEqual(settings.kustomize.buildOptions, ['--enable-helm', '--load-restrictor', 'LoadRestrictionsNone'])
  assert.deepEqual(settings.valuesFileSchemes, ['https', 's3'])
  assert.deepEqual(settings.applicationNamespaces, ['team-*', '/x/'])
  assert.equal(settings.reconciliationSeconds, 90)
  assert.deepEqual(settings.applicationSets, {
    inClusterDisabled: true,
    newGitFileGlobbing: true,
    includeHiddenDirectories: false,
    policy: 'create-only',
    policyOverrideDisabled: true,
    preservedAnnotations: [],
    preservedLabels: ['a', 'b'],
  })
})

test('versions of kustomize are registered by either setting, and one that is by both stops Argo CD', () => {
  const read = (general: Readonly<Record<string, string>>) => readSettings(general, {})
  const once = read({
    'kustomize.path.v4.5.7': '/bin/k4',
    'kustomize.version.v5': '/bin/k5',
    'kustomize.buildOptions': '',
  })
  assert.deepEqual([once.kustomize.versions, once.problem], [['v4.5.7', 'v5'], undefined])
  const twice = read({ 'kustomize.path.v5': '/bin/k5', 'kustomize.version.v5': '/bin/k5' })
  assert.equal(twice.problem?.code, 'GDE_ARGOCD_INVALID')
  assert.match(twice.problem?.message ?? '', /kustomize\.path\.v5 and kustomize\.version\.v5/)
})

test('customizations give ignore rules, together and each in a key of its own', () => {
  const { ignore } = readSettings(
    {
      'resource.compareoptions': 'ignoreResourceStatusField: off',
      'resource.customizations':
        'apps/Deployment:\n  health.lua: x\n  ignoreDifferences: |\n    jsonPointers: [/spec/replicas]\n',
      'resource.customizations.ignoreDifferences.admissionregistration.k8s.io_MutatingWebhookConfiguration':
        'jqPathExpressions: [".webhooks[]?.clientConfig.caBundle"]',
      'resource.customizations.ignoreDifferences.all': 'managedFieldsManagers: [kube-controller-manager]',
      'resource.customizations.health.Foo': 'lua',
    },
    {},
  )
  assert.deepEqual(ignore, [
    {
      group: 'apps',
      kind: 'Deployment',
      jsonPointers: ['/spec/replicas'],
      jqPathExpressions: [],
      managedFieldsManagers: [],
    },
    {
      group: 'admissionregistration.k8s.io',
      kind: 'MutatingWebhookConfiguration',
      jsonPointers: [],
      jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle'],
      managedFieldsManagers: [],
    },
    { jsonPointers: [], jqPathExpressions: [], managedFieldsManagers: ['kube-controller-manager'] },
  ])
})

test('fields of known types are read, together and each in a key of its own', () => {
  const { knownTypes, warnings } = readSettings(
    {
      'resource.customizations':
        'example.com/Engine:\n  knownTypeFields: [{field: spec.old, type: core/Quantity}]\nexample.com/Pump:\n  knownTypeFields: [{field: spec.pods.spec, type: core/v1/PodSpec}]\n',
      'resource.customizations.knownTypeFields.example.com_Engine':
        '- {field: spec.cpu, type: core/Quantity}\n- {field: spec.x, type: core/v2/Nothing}\n',
    },
    {},
  )
  assert.deepEqual(knownTypes, [
    { group: 'example.com', kind: 'Engine', field: ['spec', 'cpu'], type: 'core/Quantity' },
    { group: 'example.com', kind: 'Pump', field: ['spec', 'pods', 'spec'], type: 'core/v1/PodSpec' },
  ])
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['knownTypeFields: "core/v2/Nothing" is no known type'],
  )
})

test('a setting that cannot be understood or honoured is a finding by its name, and the rest holds', () => {
  const { warnings, tracking } = readSettings(
    {
      'application.resourceTrackingMethod': 'magic',
      'resource.exclusions': '{',
      'resource.inclusions': '- {kinds: 1}',
      'resource.compareoptions': '[]',
      'resource.customizations': 'a: {ignoreDifferences: "- x"}',
      'timeout.reconciliation': 'soon',
      'kustomize.path.v4': '/bin/k',
      'helm.enable': 'false',
    },
    { 'reposerver.allow.oob.symlinks': 'true' },
  )
  assert.equal(tracking.method, 'annotation')
  const named = warnings.map(({ code, message }) => `${code} ${/^[^ :]+/.exec(message)?.[0]}`)
  assert.deepEqual(named.sort(), [
    'GDE_ARGOCD_INVALID application.resourceTrackingMethod',
    'GDE_ARGOCD_INVALID resource.compareoptions',
    'GDE_ARGOCD_INVALID resource.customizations',
    'GDE_ARGOCD_INVALID resource.exclusions',
    'GDE_ARGOCD_INVALID resource.inclusions',
    'GDE_ARGOCD_INVALID timeout.reconciliation',
    'GDE_ARGOCD_SETTING helm.enable',
    'GDE_ARGOCD_SETTING kustomize.path.v4',
    'GDE_ARGOCD_SETTING reposerver.allow.oob.symlinks',
  ])
})

test('all apps of a cluster have one scope of kinds, and those of another cluster another', () => {
  const filter = (cluster: string) => ({ apiGroups: ['*'], kinds: ['Pod'], clusters: [cluster] })
  const settings = { resourceInclusions: [], resourceExclusions: [filter('https://one*'), filter('https://other')] }
  const one = kindScope(settings, 'https://one.example.com')
  assert.deepEqual(one, { excluded: [{ groups: ['*'], kinds: ['Pod'] }] })
  assert.equal(kindScope(settings, 'https://one.example.com'), one)
  assert.deepEqual(kindScope(settings, 'https://third.example.com'), { excluded: [] })
  assert.deepEqual(kindScope({ ...settings, resourceExclusions: [] }, 'https://one.example.com'), { excluded: [] })
})
