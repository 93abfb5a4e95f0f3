import type { App } from '../../model/apps/app.ts'
import type { ClusterSpec } from '../../model/apps/inventory.ts'
import type { ServedKind } from '../../model/clusters/cluster.ts'
import type { GroupKind } from '../../model/object.ts'
import type { DiscoverySettings } from '../../model/settings.ts'
import type { Right } from './roles.ts'

/** An app with the kinds that it declares, Secrets among them. */
export interface DeclaringApp {
  readonly app: Pick<App, 'controller' | 'kind' | 'policy' | 'appliedKinds' | 'namespaceMetadata' | 'permission'>
  readonly kinds: readonly GroupKind[]
}

export interface NeededRightsOptions {
  readonly cluster: Pick<ClusterSpec, 'name' | 'scope'>
  /** Apps with this destination. */
  readonly declared: readonly DeclaringApp[]
  /** All apps. */
  readonly apps: readonly Pick<App, 'controller' | 'declaredIn' | 'namespace'>[]
  readonly discovery: DiscoverySettings
  /** Undefined where nobody knows what the resource is called. */
  readonly served: (kind: GroupKind) => Pick<ServedKind, 'resource' | 'namespaced'> | undefined
  /** Reading of Secrets is among what is granted. */
  readonly secrets: boolean
}

export interface NeededRights {
  readonly rights: readonly Right[]
  /** Kinds that apps declare and nobody serves. */
  readonly unknown: readonly GroupKind[]
  /** What needs Secrets, in words, where they are not granted. */
  readonly withoutSecrets: readonly string[]
}

const ARGOCD_SETTINGS = ['argocd-cm', 'argocd-cmd-params-cm', 'argocd-ssh-known-hosts-cm', 'argocd-tls-certs-cm']
const FLUX_SOURCES = [
  'buckets',
  'externalartifacts',
  'gitrepositories',
  'helmcharts',
  'helmrepositories',
  'ocirepositories',
]
const RBAC_KINDS = ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles']
const RBAC_GROUP = 'rbac.authorization.k8s.io'
/** Its UID tells whether two names are one cluster. */
const IDENTITY: Right = { group: '', resource: 'namespaces', names: ['kube-system'] }

/** What has to be readable in a cluster for the verdicts of its apps, and for the discovery that it is the control cluster of. */
export function neededRights(options: NeededRightsOptions): NeededRights {
  const { cluster, declared, discovery, served, secrets } = options
  const unknown = new Map<string, GroupKind>()
  const withoutSecrets = new Set<string>()
  const rights: Right[] = [IDENTITY]
  const secretsOf = (what: string, namespaces: readonly string[] | undefined): void => {
    if (secrets) rights.push(...within(namespaces, '', ['secrets']))
    else withoutSecrets.add(what)
  }
  for (const { app, kinds } of declared) {
    // What the account of a Kustomization or HelmRelease may.
    if (app.permission?.by === 'account') rights.push(...within(undefined, RBAC_GROUP, RBAC_KINDS))
    if (app.controller === 'flux' && app.kind === 'HelmRelease') secretsOf('releases of Helm', undefined)
    for (const kind of [...kinds, ...(app.appliedKinds ?? []), ...(app.namespaceMetadata ? [NAMESPACE] : [])]) {
      if (isSecret(kind)) {
        if (app.policy.secrets === 'compare') secretsOf('Secrets that apps declare', cluster.scope?.namespaces)
        continue
      }
      const found = served(kind)
      if (found === undefined) unknown.set(`${kind.group}/${kind.kind}`, kind)
      else rights.push(...rightsOfKind(kind, found, cluster, app.policy.method === 'server-side'))
    }
  }
  for (const entry of discovery.argocd.filter((one) => one.cluster === cluster.name)) {
    const own = namespacesOf(entry.namespaces)
    const apps = own === undefined ? undefined : withAppsOf(options, 'argocd', own)
    rights.push(
      ...within(own, '', ['configmaps']).map((right) => ({ ...right, names: ARGOCD_SETTINGS })),
      ...within(own, 'argoproj.io', ['appprojects']),
      ...within(apps, 'argoproj.io', ['applications', ...(entry.applicationSets ? ['applicationsets'] : [])]),
    )
    secretsOf('clusters and credentials of repositories of Argo CD', own)
  }
  for (const entry of discovery.flux.filter((one) => one.cluster === cluster.name)) {
    const namespaces = namespacesOf(entry.namespaces)
    rights.push(
      ...within(namespaces, 'kustomize.toolkit.fluxcd.io', ['kustomizations']),
      ...within(namespaces, 'helm.toolkit.fluxcd.io', ['helmreleases']),
      ...within(namespaces, 'source.toolkit.fluxcd.io', FLUX_SOURCES),
      // What is substituted, and the values of charts.
      ...within(namespaces, '', ['configmaps']),
      ...within([entry.controllerNamespace], 'apps', ['deployments']),
    )
    secretsOf('credentials and values of Flux', namespaces)
  }
  for (const entry of discovery.helm.filter((one) => one.cluster === cluster.name))
    secretsOf('releases of Helm', namespacesOf(entry.namespaces))
  return { rights, unknown: [...unknown.values()], withoutSecrets: [...withoutSecrets] }
}

const NAMESPACE: GroupKind = { group: '', kind: 'Namespace' }

function isSecret({ group, kind }: GroupKind): boolean {
  return group === '' && kind === 'Secret'
}

/** A cluster that is registered for some namespaces is read in those alone. */
function rightsOfKind(
  { group }: GroupKind,
  { resource, namespaced }: Pick<ServedKind, 'resource' | 'namespaced'>,
  { scope }: Pick<ClusterSpec, 'scope'>,
  isPatched: boolean,
): readonly Right[] {
  if (scope !== undefined && !namespaced && !scope.clusterResources) return []
  const namespaces = scope === undefined || !namespaced ? undefined : scope.namespaces
  return within(namespaces, group, [resource]).map((right) => ({ ...right, ...(isPatched && { isPatched }) }))
}

function within(
  namespaces: readonly string[] | undefined,
  group: string,
  resources: readonly string[],
): readonly Right[] {
  const places = namespaces === undefined ? [{}] : namespaces.map((namespace) => ({ namespace }))
  return places.flatMap((place) => resources.map((resource) => ({ ...place, group, resource })))
}

/** As the config has them: `*` is every one. */
function namespacesOf(names: readonly string[]): readonly string[] | undefined {
  return names.includes('*') ? undefined : names
}

/** A controller's resources may lie in more namespaces than its own; more than those seen are read all at once. */
function withAppsOf(
  { apps, cluster }: Pick<NeededRightsOptions, 'apps' | 'cluster'>,
  controller: App['controller'],
  own: readonly string[],
): readonly string[] | undefined {
  const seen = apps.filter((app) => app.controller === controller && app.declaredIn === cluster.name)
  return seen.every(({ namespace }) => own.includes(namespace)) ? own : undefined
}
