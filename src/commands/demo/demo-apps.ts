import { printYaml } from '../../kubernetes/serialization/yaml.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { configMap, deployment, service, type Workload } from './workloads.ts'

/** Clusters of the demo, with the labels that selectors choose them by. */
export const DEMO_CLUSTERS = {
  'prod-us': { environment: 'production', region: 'us-east' },
  'prod-eu': { environment: 'production', region: 'eu-west' },
  staging: { environment: 'staging', region: 'us-east' },
} as const
export type DemoCluster = keyof typeof DEMO_CLUSTERS

/** What changes in the demo's repository. */
export interface DemoState {
  readonly storefrontImage: string
  readonly paymentsImage: string
  readonly searchImage: string
  readonly quotaPods: string
}

export const FIRST_STATE: DemoState = {
  storefrontImage: 'registry.example.com/storefront:1.4.0',
  paymentsImage: 'registry.example.com/payments:2.0.1',
  searchImage: 'registry.example.com/search:0.9.0',
  quotaPods: '50',
}

export interface DemoApp {
  readonly name: string
  readonly tool: 'directory' | 'kustomize' | 'helm' | 'jsonnet'
  /** Folder in the repository. */
  readonly path: string
  readonly clusters: readonly DemoCluster[]
  /** The destination, as the config says it. */
  readonly destination: string
  /** Files of the repository, by path. */
  readonly files: (state: DemoState) => Readonly<Record<string, string>>
  /** The objects that rendering these files gives. */
  readonly objects: (state: DemoState) => readonly KubernetesObject[]
}

const storefront = (image: string): Workload => ({
  name: 'storefront',
  namespace: 'shop',
  image,
  replicas: 3,
  port: 8080,
  cpu: '0.1',
})
const payments = (image: string): Workload => ({
  name: 'payments',
  namespace: 'shop',
  image,
  replicas: 2,
  port: 9000,
  cpu: '250m',
  labels: { team: 'payments' },
})
const search = (image: string): Workload => ({
  name: 'search',
  namespace: 'shop',
  image,
  replicas: 1,
  port: 7700,
  cpu: '0.5',
})

/** One app of each way to render. */
export const DEMO_APPS: readonly DemoApp[] = [
  {
    name: 'storefront',
    tool: 'directory',
    path: 'storefront',
    clusters: ['prod-us', 'prod-eu'],
    destination: '{ clusterSelector: { matchLabels: { environment: production } }, namespace: shop }',
    files: ({ storefrontImage }) => ({
      'storefront/deployment.yaml': print([deployment(storefront(storefrontImage))]),
      'storefront/service.yaml': print([service(storefront(storefrontImage))]),
      'storefront/settings.yaml': print([
        configMap('storefront-settings', 'shop', { currency: 'EUR', theme: 'light' }),
      ]),
    }),
    objects: ({ storefrontImage }) => [
      deployment(storefront(storefrontImage)),
      service(storefront(storefrontImage)),
      configMap('storefront-settings', 'shop', { currency: 'EUR', theme: 'light' }),
    ],
  },
  {
    name: 'payments',
    tool: 'kustomize',
    path: 'payments/production',
    clusters: ['prod-us'],
    destination: '{ cluster: prod-us, namespace: shop }',
    files: ({ paymentsImage }) => ({
      'payments/base/workload.yaml': print([
        deployment({ ...payments('registry.example.com/payments:unset'), labels: {} }),
        service({ ...payments(''), labels: {} }),
      ]),
      'payments/base/kustomization.yaml': 'resources: [workload.yaml]\n',
      'payments/production/kustomization.yaml': `resources: [../base]
labels:
  - pairs: { team: payments }
images:
  - name: registry.example.com/payments
    newTag: ${paymentsImage.split(':')[1]}
`,
    }),
    objects: ({ paymentsImage }) => [deployment(payments(paymentsImage)), service(payments(paymentsImage))],
  },
  {
    name: 'search',
    tool: 'helm',
    path: 'search',
    clusters: ['staging'],
    destination: '{ cluster: staging, namespace: shop }',
    files: ({ searchImage }) => ({
      'search/Chart.yaml': 'apiVersion: v2\nname: search\nversion: 1.0.0\n',
      'search/values.yaml': `image: ${searchImage}\nreplicas: 1\n`,
      'search/templates/deployment.yaml': print([
        deployment({ ...search('{{ .Values.image }}'), namespace: '{{ .Release.Namespace }}' }),
      ]).replace('replicas: 1', 'replicas: {{ .Values.replicas }}'),
      'search/templates/service.yaml': print([service({ ...search(''), namespace: '{{ .Release.Namespace }}' })]),
    }),
    objects: ({ searchImage }) => [deployment(search(searchImage)), service(search(searchImage))],
  },
  {
    name: 'quotas',
    tool: 'jsonnet',
    path: 'quotas',
    clusters: ['prod-us', 'staging'],
    destination:
      '{ clusterSelector: { matchExpressions: [{ key: region, operator: In, values: [us-east] }] }, namespace: shop }',
    files: ({ quotaPods }) => ({
      'quotas/main.jsonnet': `local quota(name, pods) = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'quota-' + name, namespace: 'shop' },
  data: { pods: pods },
};

[quota(team, '${quotaPods}') for team in ['shop', 'search']]
`,
    }),
    objects: ({ quotaPods }) =>
      ['shop', 'search'].map((team) => configMap(`quota-${team}`, 'shop', { pods: quotaPods })),
  },
]

function print(objects: readonly KubernetesObject[]): string {
  return objects.map((object) => printYaml(object)).join('---\n')
}
