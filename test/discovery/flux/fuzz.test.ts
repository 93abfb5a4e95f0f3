import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fluxApps } from '../../../src/discovery/flux/flux-apps.ts'
import { fluxReferences } from '../../../src/discovery/flux/flux-references.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import { isJsonObject, type Json } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import { configMap, gitRepository, helmRelease, kustomization, secret } from './resources.ts'
import { fluxContext } from './test-world.ts'

const patches = [{ patch: '- op: add', target: { kind: 'Deployment', labelSelector: 'a=b' } }]
const images = [{ name: 'web', newTag: '2' }]
const kubeConfig = { secretRef: { name: 'edge', key: 'value' } }

/** Valid, with every field that is read. */
const RESOURCES: readonly KubernetesObject[] = [
  kustomization(
    {
      suspend: false,
      kubeConfig,
      targetNamespace: 'shop',
      namePrefix: 'a-',
      nameSuffix: '-b',
      patches,
      images,
      components: ['../c'],
      ignoreMissingComponents: true,
      buildMetadata: ['originAnnotations'],
      commonMetadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
      decryption: { provider: 'sops' },
      dependsOn: [{ name: 'infra', namespace: 'platform' }],
      ignore: [{ paths: ['/spec'], target: { kind: 'Deployment' } }],
      postBuild: {
        substituteStrategy: 'Always',
        substitute: { A: 'b' },
        substituteFrom: [
          { kind: 'ConfigMap', name: 'vars', optional: true },
          { kind: 'Secret', name: 'login' },
        ],
      },
    },
    {
      status: {
        observedGeneration: 1,
        conditions: [{ type: 'Ready', status: 'True', reason: 'X', lastTransitionTime: '2026-01-01T00:00:00Z' }],
        lastAppliedRevision: 'main@sha1:4f1a5b1051b469108d1bdf0ebec6c814427e3834',
        inventory: { entries: [{ id: 'a_b_c_D', v: 'v1' }] },
      },
    },
  ),
  helmRelease(
    {
      kubeConfig,
      releaseName: 'web',
      targetNamespace: 'shop',
      storageNamespace: 'storage',
      chart: {
        spec: {
          chart: 'web',
          valuesFiles: ['a.yaml'],
          ignoreMissingValuesFiles: true,
          sourceRef: { kind: 'GitRepository', name: 'fleet' },
        },
      },
      install: { crds: 'Create' },
      upgrade: { crds: 'CreateReplace', disableSchemaValidation: true },
      values: { a: 1 },
      valuesFrom: [{ kind: 'Secret', name: 'login', valuesKey: 'password', targetPath: 'a.b', literal: true }],
      postRenderers: [{ kustomize: { patches, images } }],
      driftDetection: { mode: 'enabled', ignore: [{ paths: ['/spec'] }] },
      commonMetadata: { labels: {}, annotations: {} },
    },
    { status: { history: [{ version: 2 }] } },
  ),
  gitRepository({
    secretRef: { name: 'login' },
    ignore: '*.md',
    recurseSubmodules: true,
    sparseCheckout: ['apps'],
    include: [{ repository: { name: 'other' }, fromPath: 'a', toPath: 'b' }],
    ref: { branch: 'main', tag: 'v1', semver: '1.x', name: 'refs/heads/x', commit: '' },
  }),
  gitRepository({}, 'other'),
]
const REST = [
  configMap('vars', { A: 'b' }),
  secret('login', { username: 'bot', password: 'hunter2' }),
  secret('edge', { value: 'apiVersion: v1' }),
]

/** Every place in the spec and status, as the steps to it. */
function placesIn(value: Json, steps: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  const children: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? value.map((item: Json, index) => [index, item] as const)
    : isJsonObject(value)
      ? Object.entries(value)
      : []
  return children.flatMap(([step, child]) => [[...steps, step], ...placesIn(child, [...steps, step])])
}

function replaced(value: Json, [step, ...rest]: readonly (string | number)[], by: Json): Json {
  if (step === undefined) return by
  if (Array.isArray(value)) return value.map((item: Json, index) => (index === step ? replaced(item, rest, by) : item))
  if (!isJsonObject(value)) return value
  return { ...value, [step]: replaced(value[step] ?? null, rest, by) }
}

const nonsense: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1e300,
    '',
    '__proto__',
    '${',
    '../..',
    '\u0000',
    [],
    {},
    [null],
    [[]],
  ),
  fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value) ?? 'null')),
  fc.string().map((key): Json => ({ [key]: key })),
)

test('the resources are valid as they are', () => {
  const { apps } = fluxApps(fluxContext([...RESOURCES, ...REST]).context)
  assert.deepEqual(
    apps.map(({ problem }) => problem),
    [undefined, undefined],
  )
})

test('nonsense in any field never throws, and never hides the other app', () => {
  const places = RESOURCES.flatMap((resource, index) =>
    placesIn(resource)
      .filter(([first]) => first === 'spec' || first === 'status')
      .map((steps) => ({ index, steps })),
  )
  fc.assert(
    fc.property(fc.constantFrom(...places), nonsense, ({ index, steps }, by) => {
      const objects = RESOURCES.map((resource, at) =>
        at === index ? asKubernetesObject(replaced(resource, steps, by)) : resource,
      )
      for (const object of objects) fluxReferences(object)
      const { apps } = fluxApps(fluxContext([...objects, ...REST]).context)
      assert.equal(apps.length, 2)
      for (const { problem } of apps) {
        if (problem === undefined) continue
        assert.notEqual(problem.code, 'GDE_INTERNAL', problem.message)
        assert.doesNotMatch(problem.message, /hunter2/)
      }
    }),
    { numRuns: 3000 },
  )
})
