/** One app of a public repository: a path of the corpus, and options of its source. */
export interface CorpusApp {
  readonly name: string
  readonly path: string
  readonly source?: Readonly<Record<string, unknown>>
}

const podinfo = { path: 'podinfo/charts/podinfo' }
const boutique = 'microservices-demo'
const flux = 'flux2-kustomize-helm-example'

/** Whole applications of public repositories. */
const APPLICATIONS: readonly CorpusApp[] = [
  { name: 'podinfo-chart', ...podinfo, source: { helm: { skipTests: true } } },
  { name: 'podinfo-chart-prod', ...podinfo, source: { helm: { skipTests: true, valueFiles: ['values-prod.yaml'] } } },
  { name: 'podinfo-kustomize', path: 'podinfo/kustomize' },
  { name: 'boutique-chart', path: `${boutique}/helm-chart` },
  { name: 'boutique-manifests', path: `${boutique}/kubernetes-manifests` },
  { name: 'boutique-kustomize', path: `${boutique}/kustomize` },
  { name: 'boutique-memorystore', path: `${boutique}/kustomize/tests/memorystore-with-all-components` },
  { name: 'boutique-istio', path: `${boutique}/kustomize/tests/service-mesh-istio-with-all-components` },
  { name: 'boutique-spanner', path: `${boutique}/kustomize/tests/spanner-with-all-components` },
  { name: 'flux-apps', path: `${flux}/apps/production` },
  { name: 'flux-configs', path: `${flux}/infrastructure/configs` },
  { name: 'flux-controllers', path: `${flux}/infrastructure/controllers` },
  { name: 'flux-cluster', path: `${flux}/clusters/production` },
  { name: 'kube-prometheus', path: 'kube-prometheus/manifests' },
  { name: 'kube-prometheus-setup', path: 'kube-prometheus/manifests/setup' },
  { name: 'argo-cd', path: 'argo-cd/manifests' },
]

/**
 * Folders of Argo CD's own end-to-end tests. Left out are those that no API server takes (wrong on purpose, kinds of plugins and of
 * OpenShift), that cannot be rendered without a network or options, that hold the same cluster-wide object as another one here, and
 * helm-api-versions, whose objects change with every CRD that another app brings.
 */
const ARGO_FOLDERS = [
  '.hidden-helm',
  'aggregated-apiserver',
  'aggregated-apiserver-server',
  'always-outofsync',
  'bad-servicecatalog',
  'cluster-role',
  'config-map',
  'crashing-guestbook',
  'crd-creation',
  'crd-subresource',
  'cross-namespace-ownership',
  'deployment',
  'git-submodule',
  'guestbook',
  'guestbook-logs',
  'guestbook-with-namespace',
  'guestbook-with-namespace-manifest',
  'helm',
  'helm-glob-values',
  'helm-guestbook',
  'helm-kube-version',
  'helm-namespace',
  'helm-values',
  'helm3-crd',
  'hook',
  'hook-and-deployment',
  'hook-custom-health',
  'hydrator-directory',
  'hydrator-helm',
  'hydrator-kustomize',
  'jsonnet-tla',
  'jsonnet-tla-cm',
  'kustomize',
  'kustomize-cm-gen',
  'kustomize-with-version-override',
  'managed-by-url-test',
  'multi-namespace',
  'multi-namespace-hook',
  'multiple-source-values',
  'one-deployment',
  'resource-actions',
  'secrets',
  'self-managed-app',
  'service',
  'slow-manifest',
  'sync-waves',
  'syncwaves-prune-order',
  'tracking-instance-label',
  'two-nice-pods',
]

export const CORPUS_APPS: readonly CorpusApp[] = [
  ...APPLICATIONS,
  ...ARGO_FOLDERS.map((folder) => ({
    name: `argo-${folder.replace('.', '')}`,
    path: `argo-cd/test/e2e/testdata/${folder}`,
  })),
]

/** Kinds that the apps use and whose CRDs the corpus lacks: group, version, kind, scope. */
const FOREIGN_KINDS = `
cert-manager.io v1 ClusterIssuer clusterissuers Cluster
gateway.networking.k8s.io v1 GatewayClass gatewayclasses Cluster
gateway.networking.k8s.io v1 Gateway gateways Namespaced
gateway.networking.k8s.io v1beta1 Gateway gateways Namespaced
gateway.networking.k8s.io v1beta1 HTTPRoute httproutes Namespaced
helm.toolkit.fluxcd.io v2 HelmRelease helmreleases Namespaced
kustomize.toolkit.fluxcd.io v1 Kustomization kustomizations Namespaced
networking.istio.io v1alpha3 Gateway gateways Namespaced
networking.istio.io v1alpha3 ServiceEntry serviceentries Namespaced
networking.istio.io v1alpha3 VirtualService virtualservices Namespaced
source.extensions.fluxcd.io v1beta1 ArtifactGenerator artifactgenerators Namespaced
source.toolkit.fluxcd.io v1 GitRepository gitrepositories Namespaced
source.toolkit.fluxcd.io v1 HelmRepository helmrepositories Namespaced
source.toolkit.fluxcd.io v1 OCIRepository ocirepositories Namespaced
`

/**
 * CRDs for the foreign kinds that let everything through.
 * @param kinds lines of group, version, kind, plural and scope
 */
export function foreignDefinitions(kinds = FOREIGN_KINDS): readonly object[] {
  const lines = kinds
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  const byName = Map.groupBy(lines, ([group, , , plural]) => `${plural}.${group}`)
  return [...byName].map(([name, versions]) => {
    const [group, , kind = '', plural, scope] = versions[0] ?? []
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name, annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' } },
      spec: {
        group,
        scope,
        names: { kind, plural, singular: kind.toLowerCase() },
        versions: versions.map(([, version], index) => ({ name: version, served: true, storage: index === 0, schema })),
      },
    }
  })
}
