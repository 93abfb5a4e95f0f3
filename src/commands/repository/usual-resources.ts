import { createHash } from 'node:crypto'
import { asKubernetesObject } from '../../kubernetes/object.ts'
import type { ClusterSpec } from '../../model/apps/inventory.ts'

import { isJsonObject, type Json } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { Checkout } from './checkout.ts'

const ARGOCD_NAMESPACE = 'argocd'
const FLUX_NAMESPACE = 'flux-system'
const CLUSTER_GENERATORS = new Set(['clusters', 'clusterDecisionResource'])
const MOST_DEPTH = 20

/** A cluster that Argo CD is taken to know; called by its server where it has no other name. */
export type KnownCluster = Pick<ClusterSpec, 'name' | 'labels'>

export interface UsualResources {
  readonly resources: readonly KubernetesObject[]
  /** Argo CD's own namespace first. */
  readonly argocdNamespaces: readonly string[]
  /** What was taken to be there. */
  readonly assumed: readonly string[]
}

/**
 * Resources with the namespace that they are usually applied to where they say none, and with what is there without a file: AppProjects that
 * no file declares, which permit everything as Argo CD's `default` does, the GitRepository `flux-system` of a bootstrap, which is the repository itself, and the
 * clusters of the config as clusters that Argo CD knows.
 * @param usesHelm kustomizations of the repository inflate charts, which Argo CD has to be told to permit
 */
export function withUsual(
  resources: readonly KubernetesObject[],
  { urls }: Checkout,
  known: readonly KnownCluster[],
  usesHelm: boolean,
): UsualResources {
  const placed = resources.map((one) =>
    one.metadata.namespace === undefined
      ? { ...one, metadata: { ...one.metadata, namespace: usualNamespace(one) } }
      : one,
  )
  const argocdNamespaces = namespacesOfArgocd(placed)
  const [argocd = ARGOCD_NAMESPACE] = argocdNamespaces
  const isDeclared = (kind: string, name: string): boolean =>
    placed.some((one) => one.kind === kind && one.metadata.name === name)
  const projects = [...new Set(['default', ...placed.flatMap(projectsOf)])].filter(
    (name) => !isDeclared('AppProject', name),
  )
  const url = urls.find((one) => one.startsWith('https:')) ?? urls[0]
  const enablesHelm =
    usesHelm && placed.some(({ kind }) => kind.startsWith('Application')) && !isDeclared('ConfigMap', 'argocd-cm')
  const needsRepository = placed.some(({ kind }) => kind === 'Kustomization' || kind === 'HelmRelease')
  const bootstrap = needsRepository && url !== undefined && !isDeclared('GitRepository', FLUX_NAMESPACE)
  return {
    resources: [
      ...placed,
      ...projects.map((name) => permissiveProject(name, argocd)),
      ...(bootstrap ? [bootstrapRepository(url)] : []),
      ...(enablesHelm ? [helmEnabled(argocd)] : []),
      ...known.map((cluster) => clusterSecret(cluster, argocd)),
    ],
    argocdNamespaces,
    assumed: [
      ...projects
        .filter((name) => name !== 'default')
        .map((name) => `AppProject ${name} is in no file: it is taken to permit everything`),
      ...(enablesHelm
        ? ['ConfigMap argocd-cm is in no file: kustomizations are taken to be built with --enable-helm']
        : []),
    ],
  }
}

function usualNamespace({ apiVersion, kind }: KubernetesObject): string {
  return apiVersion.startsWith('argoproj.io/') || kind === 'ConfigMap' ? ARGOCD_NAMESPACE : FLUX_NAMESPACE
}

/** That of most of its resources, then the others, where Applications may be, too. */
function namespacesOfArgocd(resources: readonly KubernetesObject[]): readonly string[] {
  const used = resources.filter(({ apiVersion }) => apiVersion.startsWith('argoproj.io/'))
  const counts = Map.groupBy(used, ({ metadata }) => String(metadata.namespace))
  const sorted = [...counts].toSorted(([, one], [, other]) => other.length - one.length).map(([name]) => name)
  return sorted.length === 0 ? [ARGOCD_NAMESPACE] : sorted
}

function projectsOf({ kind, spec }: KubernetesObject): readonly string[] {
  if (!isJsonObject(spec)) return []
  if (kind === 'Application') return plainName(spec.project)
  const template = kind === 'ApplicationSet' && isJsonObject(spec.template) ? spec.template.spec : undefined
  return isJsonObject(template) ? plainName(template.project) : []
}

/** Nothing where it is a template. */
function plainName(value: Json | undefined): readonly string[] {
  return typeof value === 'string' && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(value) ? [value] : []
}

function permissiveProject(name: string, namespace: string): KubernetesObject {
  return asKubernetesObject({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace },
    spec: {
      sourceRepos: ['*'],
      sourceNamespaces: ['*'],
      destinations: [{ namespace: '*', server: '*', name: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  })
}

function helmEnabled(namespace: string): KubernetesObject {
  return asKubernetesObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace, labels: { 'app.kubernetes.io/part-of': 'argocd' } },
    data: { 'kustomize.buildOptions': '--enable-helm' },
  })
}

function bootstrapRepository(url: string): KubernetesObject {
  const address = url.replace(/^([^/@]+@[^/:]+):/, 'ssh://$1/')
  return asKubernetesObject({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: FLUX_NAMESPACE, namespace: FLUX_NAMESPACE },
    spec: { url: address, interval: '1m' },
  })
}

/** The address stands for the name alone: nothing is ever connected. */
function clusterSecret({ name, labels }: KnownCluster, namespace: string): KubernetesObject {
  return asKubernetesObject({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `cluster-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`,
      namespace,
      labels: { ...labels, 'argocd.argoproj.io/secret-type': 'cluster' },
    },
    stringData: { name, server: /^https?:/.test(name) ? name : `https://${name}.cluster.invalid`, config: '{}' },
  })
}

/** An ApplicationSet that asks which clusters are registered, at whatever depth of its generators. */
export function needsCluster({ kind, spec }: KubernetesObject): boolean {
  return kind === 'ApplicationSet' && isJsonObject(spec) && asksForClusters(spec.generators, 0)
}

function asksForClusters(generators: Json | undefined, depth: number): boolean {
  if (!Array.isArray(generators) || depth > MOST_DEPTH) return false
  return generators
    .filter(isJsonObject)
    .some((generator) =>
      Object.entries(generator).some(
        ([name, value]) =>
          CLUSTER_GENERATORS.has(name) || (isJsonObject(value) && asksForClusters(value.generators, depth + 1)),
      ),
    )
}
