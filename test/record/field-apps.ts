import type { CorpusApp } from '../e2e/corpus-apps.ts'
import type { Controller } from './controlled-apps.ts'

/** A small app after public bug reports; its files lie in `apps/`. */
export interface FieldApp extends CorpusApp {
  readonly controllers: readonly Controller[]
  /** What its Application or Kustomization has in `spec` besides. */
  readonly spec?: Readonly<Record<string, unknown>>
}

const BOTH: readonly Controller[] = ['argocd', 'flux']
const ARGOCD: readonly Controller[] = ['argocd']
const FLUX: readonly Controller[] = ['flux']

const app = (
  folder: string,
  controllers: readonly Controller[] = BOTH,
  spec: Readonly<Record<string, unknown>> = {},
): FieldApp => ({ name: `field-${folder}`, path: `field/${folder}`, controllers, spec })

export const FIELD_APPS: readonly FieldApp[] = [
  app('annotation-number'),
  app('broken-second-document'),
  app('cluster-scoped-resource'),
  app('config-map-nulls'),
  app('crd'),
  app('crd-dummy-ca', FLUX),
  app('crd-zero-values', ARGOCD),
  app('default-classes'),
  app('endpoints-of-services'),
  app('endpoints-subsets'),
  app('helm-hook-annotations'),
  app('ignored-fields', FLUX, {
    ignore: [
      { paths: ['/spec/replicas', '/spec/template/spec/containers/0/resources'], target: { kind: 'Deployment' } },
      { paths: ['/metadata/annotations/dns.example.com~1hostname'], target: { kind: 'Service', name: 'we.' } },
    ],
  }),
  app('limit-range'),
  app('managed-namespace', ARGOCD, {
    syncPolicy: {
      syncOptions: ['CreateNamespace=true'],
      managedNamespaceMetadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
  }),
  app('mutated-by-policy'),
  app('no-namespace', FLUX, { targetNamespace: undefined }),
  app('rollout-quantities'),
  app('secret-nulls'),
  app('sidecar-and-empty-fields'),
  app('variables-backslashes', FLUX, { postBuild: { substitute: { region: 'eu' } } }),
  app('variables-yes-no', FLUX, { postBuild: { substitute: { necessary: 'yes', quoted: 'no', q: '"' } } }),
  app('version-not-served'),
  app('webhook'),
]

/** What cert-manager's CA injector writes to; rolled out beside it, in a recording of its own. */
export const INJECTED_APPS: readonly FieldApp[] = [app('ca-injected'), app('ca-declared')]

/** What stands in every cluster before anything is rolled out. */
export const SURROUNDINGS: readonly object[] = [
  namespace('field-limit-range'),
  // Where apps of the corpus put objects without making the namespace.
  namespace('flux-system'),
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'defaults', namespace: 'field-limit-range' },
    spec: { limits: [{ type: 'Container', default: { memory: '256Mi' }, defaultRequest: { memory: '64Mi' } }] },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'edge', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
    spec: { controller: 'example.com/edge' },
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'disks', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'example.com/disks',
    volumeBindingMode: 'WaitForFirstConsumer',
  },
  // As Kyverno's and Istio's webhooks do: what admission adds, nobody owns.
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'standards.example.com' },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
        ],
      },
      matchConditions: [
        { name: 'wants', expression: 'has(object.metadata.labels) && "mutate" in object.metadata.labels' },
      ],
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression:
              'Object{metadata: Object.metadata{annotations: {"policy.example.com/checked": "yes"}}, spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{priorityClassName: "system-cluster-critical", containers: [Object.spec.template.spec.containers{name: "proxy", image: "registry.example.com/proxy:1"}]}}}}',
          },
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'standards.example.com' },
    spec: { policyName: 'standards.example.com' },
  },
]

/** Custom kinds that the small apps use, and those that kustomize-controller watches: group, version, kind, plural, scope. */
export const FIELD_KINDS = `
argoproj.io v1alpha1 Rollout rollouts Namespaced
external-secrets.io v1 ExternalSecret externalsecrets Namespaced
source.toolkit.fluxcd.io v1 Bucket buckets Namespaced
source.toolkit.fluxcd.io v1 ExternalArtifact externalartifacts Namespaced
`

function namespace(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}
