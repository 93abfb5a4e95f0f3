import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  argocdCompareOptions,
  argocdIgnoreDifferences,
  argocdSystemIgnores,
} from '../../src/kubernetes/ignore-rules/argocd.ts'
import { fluxIgnoreRules } from '../../src/kubernetes/ignore-rules/flux.ts'
import { wholeTextPattern } from '../../src/kubernetes/ignore-rules/pattern.ts'
import { parseSelector } from '../../src/kubernetes/parse-selector.ts'

test('ignoreDifferences of an Application are read: no group is the core group', () => {
  const value = [
    { group: 'apps', kind: 'Deployment', name: 'web', namespace: 'shop', jsonPointers: ['/spec/replicas'] },
    { kind: 'ConfigMap', jqPathExpressions: ['.data.x'], managedFieldsManagers: ['m'] },
    { group: '*', kind: '*', managedFieldsManagers: ['kube-controller-manager'] },
  ]
  assert.deepEqual(argocdIgnoreDifferences(value), {
    value: [
      { group: 'apps', kind: 'Deployment', name: 'web', namespace: 'shop', jsonPointers: ['/spec/replicas'] },
      { group: '', kind: 'ConfigMap', jqPathExpressions: ['.data.x'], managedFieldsManagers: ['m'] },
      { group: '*', kind: '*', managedFieldsManagers: ['kube-controller-manager'] },
    ],
    problems: [],
  })
  assert.deepEqual(argocdIgnoreDifferences(undefined), { value: [], problems: [] })
})

test('what is no rule is a problem by its place and stops nothing', () => {
  const value = [{ kind: 3 }, { kind: 'A', jsonPointers: 'x' }, null, { kind: 'B', jsonPointers: ['/x'] }]
  const { value: rules, problems } = argocdIgnoreDifferences(value)
  assert.deepEqual(rules, [{ group: '', kind: 'B', jsonPointers: ['/x'] }])
  assert.deepEqual(
    problems,
    [0, 1, 2].map((index) => `ignoreDifferences[${index}]: not a rule`),
  )
  assert.deepEqual(argocdIgnoreDifferences('x').problems, ['ignoreDifferences is not a list'])
})

test('argocd-cm ignores for a kind, for all kinds, and in the older form', () => {
  const data = {
    'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers:\n- /spec/replicas\n',
    'resource.customizations.ignoreDifferences.ConfigMap': 'jqPathExpressions: [.data]\n',
    'resource.customizations.ignoreDifferences.*.example.com_Widget': 'jsonPointers: [/a]\n',
    'resource.customizations.ignoreDifferences.all': 'managedFieldsManagers: [kube-controller-manager]\n',
    'resource.customizations':
      'admissionregistration.k8s.io/MutatingWebhookConfiguration:\n  ignoreDifferences: |\n    jsonPointers:\n    - /webhooks/0/clientConfig/caBundle\n"*/*":\n  ignoreDifferences: |\n    jsonPointers: [/status]\n',
    'resource.customizations.health.apps_Deployment': 'return {}',
    url: 'https://argocd.example.com',
  }
  assert.deepEqual(argocdSystemIgnores(data), {
    value: [
      { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] },
      { group: '', kind: 'ConfigMap', jqPathExpressions: ['.data'] },
      { group: '*.example.com', kind: 'Widget', jsonPointers: ['/a'] },
      { managedFieldsManagers: ['kube-controller-manager'] },
      {
        group: 'admissionregistration.k8s.io',
        kind: 'MutatingWebhookConfiguration',
        jsonPointers: ['/webhooks/0/clientConfig/caBundle'],
      },
      { jsonPointers: ['/status'] },
    ],
    problems: [],
  })
})

test('a setting of argocd-cm that cannot be read is named', () => {
  const data = {
    'resource.customizations.ignoreDifferences.apps_Deployment': 'jsonPointers: {',
    'resource.customizations.ignoreDifferences.all': 'jsonPointers: /spec',
    'resource.customizations': '- a',
  }
  const { value, problems } = argocdSystemIgnores(data)
  assert.deepEqual(value, [])
  assert.deepEqual(problems, [
    'resource.customizations.ignoreDifferences.apps_Deployment is not a rule',
    'resource.customizations.ignoreDifferences.all is not a rule',
    'resource.customizations is not a mapping',
  ])
})

test('compare options of argocd-cm are read, off being no', () => {
  const options = (text?: string) => argocdCompareOptions(text === undefined ? {} : { 'resource.compareoptions': text })
  assert.deepEqual(options().value, { ignoreAggregatedRoles: false, ignoreResourceStatusField: 'all' })
  assert.deepEqual(options('ignoreAggregatedRoles: true\nignoreResourceStatusField: crd\n').value, {
    ignoreAggregatedRoles: true,
    ignoreResourceStatusField: 'crd',
  })
  for (const off of ['off', "'off'", 'none', 'false'])
    assert.equal(options(`ignoreResourceStatusField: ${off}`).value.ignoreResourceStatusField, 'none')
  assert.equal(options('ignoreResourceStatusField: some').problems.length, 1)
  assert.equal(options('- x').problems.length, 1)
})

test('rules of Flux are read, and what cannot be honoured is told', () => {
  const target = { kind: 'Deployment', version: 'v1', labelSelector: 'app=web' }
  const { value, problems } = fluxIgnoreRules([
    { paths: ['/spec/replicas'], target },
    { paths: ['/data'] },
    { paths: 'x' },
    { paths: [], target: { name: '(a+)+' } },
    { paths: [], target: { labelSelector: 'a in b' } },
    { paths: [], target: 'all' },
  ])
  assert.deepEqual(value, [
    {
      kind: 'Deployment',
      jsonPointers: ['/spec/replicas'],
      flux: {
        version: 'v1',
        labels: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
        annotations: { matchExpressions: [] },
      },
    },
    { jsonPointers: ['/data'], flux: { labels: { matchExpressions: [] }, annotations: { matchExpressions: [] } } },
  ])
  assert.deepEqual(problems, [
    'ignore[2]: paths is not a list of JSON pointers',
    'ignore[3]: target.name is no expression that can be used',
    'ignore[4]: target.labelSelector is not a selector',
    'ignore[5]: target is not a mapping',
  ])
})

test('expressions that could run for long are refused', () => {
  for (const text of ['(a+)+', '(a|a)*', '.*.*.*.*x', '(?=a)b', '(a)\\1', '[', 'a'.repeat(300)])
    assert.equal(wholeTextPattern(text), undefined, text)
  assert.ok(wholeTextPattern('web-.*')?.test('web-1'))
  assert.ok(wholeTextPattern('a|b')?.test('b'))
  assert.ok(!wholeTextPattern('a|b')?.test('ab'))
})

test('selectors are read as kubectl reads them', () => {
  assert.deepEqual(parseSelector(' a=b , c==d,e!=f, g in (h, i),j notin (k),l,! m'), {
    matchExpressions: [
      { key: 'a', operator: 'In', values: ['b'] },
      { key: 'c', operator: 'In', values: ['d'] },
      { key: 'e', operator: 'NotIn', values: ['f'] },
      { key: 'g', operator: 'In', values: ['h', 'i'] },
      { key: 'j', operator: 'NotIn', values: ['k'] },
      { key: 'l', operator: 'Exists' },
      { key: 'm', operator: 'DoesNotExist' },
    ],
  })
  assert.deepEqual(parseSelector(''), { matchExpressions: [] })
  for (const text of ['a in', 'a in (b', '=b', 'a=b=c', ',', 'a b']) assert.equal(parseSelector(text), undefined, text)
})
