import assert from 'node:assert/strict'
import { mapFluxApps } from '../../../src/discovery/flux/flux-apps.ts'
import { referencesOf } from '../../../src/discovery/flux/flux-references.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import { fluxContext } from '../../discovery/flux/flux-snapshot.ts'
import { configMap, gitRepository, helmRelease, kustomization, secret } from '../../discovery/flux/resources.ts'
import { nonsense, pathsIn, replaced } from '../../discovery/nonsense.ts'
import fc from '../../fast-check.ts'
import type { FuzzTarget } from '../target.ts'

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

/** Nonsense in any field never throws, and never hides the other app. */
export const kustomizations: FuzzTarget = {
  name: 'Kustomizations, HelmReleases and GitRepositories',
  shortRuns: 3000,
  async prepare() {
    for (const { problem } of mapFluxApps(fluxContext([...RESOURCES, ...REST]).context).apps)
      assert.equal(problem, undefined)
    const fieldPaths = RESOURCES.flatMap((resource, index) =>
      pathsIn(resource)
        .filter(([first]) => first === 'spec' || first === 'status')
        .map((steps) => ({ index, steps })),
    )
    return fc.property(fc.constantFrom(...fieldPaths), nonsense, ({ index, steps }, by) => {
      const objects = RESOURCES.map((resource, at) =>
        at === index ? asKubernetesObject(replaced(resource, steps, by)) : resource,
      )
      for (const object of objects) referencesOf(object)
      const { apps } = mapFluxApps(fluxContext([...objects, ...REST]).context)
      assert.equal(apps.length, 2)
      for (const { problem } of apps) {
        if (problem === undefined) continue
        assert.notEqual(problem.code, 'GDE_INTERNAL', problem.message)
        assert.doesNotMatch(problem.message, /hunter2/)
      }
    })
  },
}
