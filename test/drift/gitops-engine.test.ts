import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compareDryRun } from '../../src/drift/compare-dry-run.ts'
import { type CompareInput, compareObject } from '../../src/drift/compare-object.ts'
import { builtinSchemas } from '../../src/kubernetes/builtin/table.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { redactObject } from '../../src/kubernetes/redaction.ts'
import { readYamlDocuments } from '../../src/kubernetes/serialization/yaml.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { policyOf } from './judge-case.ts'

/** Argo CD's own pairs, with the verdicts that its tests expect. */
const FOLDER = join(import.meta.dirname, 'cases/gitops-engine')

function read(file: string): KubernetesObject {
  const [document] = readYamlDocuments(readFileSync(join(FOLDER, file), 'utf8'))
  return redactObject(asKubernetesObject(document?.value ?? null), new Uint8Array(32))
}

function inputOf(desired: string, live: string): CompareInput {
  return {
    desired: read(desired),
    live: read(live),
    schemas: builtinSchemas(),
    policy: policyOf('argocd-controller'),
  }
}

function summary({ differences }: ObjectVerdict): readonly string[] {
  return differences.map((difference) => `${difference.class} ${difference.path}`)
}

for (const name of [
  'aggr-clusterrole',
  'deployment',
  'elasticsearch',
  'endpoints',
  'grafana-clusterrole',
  'mutatingwebhookconfig',
  'sealedsecret',
  'spinnaker-sa',
  'wordpress',
])
  test(`${name} is not modified`, () => {
    assert.deepEqual(summary(compareObject(inputOf(`${name}-config.json`, `${name}-live.json`))), [])
  })

test('smd-deploy is not modified: defaults are applied', () => {
  assert.deepEqual(summary(compareObject(inputOf('smd-deploy-config.yaml', 'smd-deploy-live.yaml'))), [])
})

const MODIFIED: readonly (readonly [string, string, readonly string[]])[] = [
  ['smd-service-config.yaml', 'smd-service-live.yaml', ['changed /spec/ports/1/targetPort']],
  ['smd-service-config-2-ports.yaml', 'smd-service-live.yaml', ['removed /spec/ports/2']],
  [
    'smd-service-config.yaml',
    'smd-service-live-with-type.yaml',
    ['changed /spec/ports/1/targetPort', 'removed /spec/type'],
  ],
  ['smd-service-config-ports.yaml', 'smd-service-live.yaml', ['missing /spec/ports/2', 'missing /spec/ports/4']],
  ['ssd-configmap-config.yaml', 'ssd-configmap-live.yaml', ['removed /data/key3']],
  ['ssd-svc-no-label-config.yaml', 'ssd-svc-label-live.yaml', ['removed /metadata/labels/delete-me']],
  [
    'ssd-deploy-composite-key-config.yaml',
    'ssd-deploy-composite-key-live.yaml',
    ['missing /spec/template/spec/containers/0/ports/2'],
  ],
  [
    'ssd-deploy-nested-config.yaml',
    'ssd-deploy-nested-live.yaml',
    ['missing /spec/template/spec/containers/0/env/1', 'missing /spec/template/spec/containers/0/ports/1'],
  ],
]

for (const [desired, live, expected] of MODIFIED)
  test(`${desired} against ${live} is modified`, () => {
    assert.deepEqual(summary(compareObject(inputOf(desired, live))), expected)
  })

test('elasticsearch with labels added, changed and dropped reports each', () => {
  const input = inputOf('elasticsearch-config.json', 'elasticsearch-live.json')
  const labels = { ...Object(input.desired.metadata.labels), foo: 'bar', chart: 'elasticsearch-1.7.1' }
  delete labels.release
  const desired = { ...input.desired, metadata: { ...input.desired.metadata, labels } }
  // The pair has no managedFields, so what Git dropped cannot be told.
  assert.deepEqual(summary(compareObject({ ...input, desired })), [
    'changed /metadata/labels/chart',
    'missing /metadata/labels/foo',
  ])
})

const DRY_RUNS: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    'ssd-service-config.yaml',
    'ssd-service-live.yaml',
    'ssd-service-predicted-live.json',
    ['removed /metadata/labels/app.kubernetes.io~1instance', 'missing /metadata/labels/event'],
  ],
  ['ssd-configmap-config.yaml', 'ssd-configmap-live.yaml', 'ssd-configmap-predicted-live.json', ['removed /data/key3']],
  [
    'ssd-svc-no-label-config.yaml',
    'ssd-svc-label-live.yaml',
    'ssd-svc-no-label-predicted-live.json',
    ['removed /metadata/labels/delete-me'],
  ],
]

for (const [desired, live, dryRun, expected] of DRY_RUNS)
  test(`${desired} against ${live} is modified as the server predicts`, () => {
    assert.deepEqual(summary(compareDryRun(inputOf(desired, live), read(dryRun))), expected)
  })
