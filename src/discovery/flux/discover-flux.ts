import { createDebouncedSignal } from '../../concurrency/debounced-signal.ts'
import type { ClusterConnector, ObserveOptions } from '../../model/clusters/cluster.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { FluxDiscoverySettings } from '../../model/settings.ts'
import type { DiscoveryContext, DiscoverySource, InventoryPart } from '../discovery.ts'
import { type ObjectInformer, type ObjectInformerOptions, startObjectInformer } from '../informers/object-informer.ts'
import { type ReferenceInformer, startReferenceInformer } from '../informers/reference-informer.ts'
import { type AccountRoles, createAccountRoles } from './accounts/account-roles.ts'
import { accountUses } from './accounts/account-uses.ts'
import { controllerFlags } from './controller-flags.ts'
import { mapFluxApps } from './flux-apps.ts'
import { CHART_SOURCE_KINDS, type ChartSourceKind, type FluxSnapshot } from './flux-context.ts'
import { createFluxMapping, type FluxMapping } from './flux-mapping.ts'
import { referencesOf } from './flux-references.ts'
import { lastActivity } from './flux-status.ts'
import { createReleaseStores, type ReleaseStores } from './helm-releases/release-stores.ts'
import { fluxRemote } from './helm-releases/remote-chart.ts'
import { referenceReader } from './reference-reader.ts'

/** Debounce of changes: a controller writes several resources at once. */
const QUIET_MS = 20

/** Discovers the Kustomizations and HelmReleases of one control cluster. */
export function fluxDiscovery(entry: FluxDiscoverySettings): DiscoverySource {
  return {
    origin: { controller: 'flux', declaredIn: entry.cluster },
    discover: (context, signal) => discoverFlux(entry, context, signal),
  }
}

interface FluxInformers {
  readonly kustomizations: ObjectInformer
  readonly helmReleases: ObjectInformer
  readonly gitRepositories: ObjectInformer
  /** Charts that HelmReleases refer to; who may not read them is told so, and has all the rest. */
  readonly chartSources: ReadonlyMap<ChartSourceKind, ObjectInformer>
  /** Deployments of the namespace that the config names. */
  readonly controllers: ObjectInformer
}

async function* discoverFlux(
  entry: FluxDiscoverySettings,
  context: DiscoveryContext,
  signal: AbortSignal,
): AsyncGenerator<InventoryPart> {
  const { control, onActivity } = context
  const changes = createDebouncedSignal(QUIET_MS, signal)
  const informers = startFluxInformers(control, entry, { onChange: changes.notify, onActivity }, signal)
  const references = startReferenceInformer(referenceReader(control), changes.notify, signal)
  const stores = createReleaseStores(context, changes.notify, signal)
  const accounts = createAccountRoles(context, changes.notify, signal)
  const mapping = createFluxMapping()
  const keyFiles = context.followKeys(
    context.settings.decryption.map(({ file }) => file),
    changes.notify,
    signal,
  )
  context.onClusters(changes.notify)
  while (!signal.aborted) {
    await changes.next()
    if (signal.aborted) return
    const kinds = [informers.kustomizations, informers.helmReleases, informers.gitRepositories]
    const withSecrets = [...kinds, ...informers.chartSources.values()]
    if ([...withSecrets, informers.controllers].some(({ state }) => state === 'listing')) continue
    references.track(withSecrets.flatMap(({ objects }) => [...objects.values()].flatMap(referencesOf)))
    stores.track(control.name, [...informers.helmReleases.objects.values()])
    const keys = keyFiles.contents
    accounts.track(accountUses(control.name, appliedBy(informers), flagsOf(informers)))
    if (!references.complete || !stores.complete || !accounts.complete || keys === undefined) continue
    yield partOf(entry, context, { informers, references, stores, accounts, mapping, keys })
  }
}

function startFluxInformers(
  connector: ClusterConnector,
  { namespaces, controllerNamespace, artifactUrls }: FluxDiscoverySettings,
  { onChange, onActivity }: Pick<DiscoveryContext, 'onActivity'> & Pick<ObjectInformerOptions, 'onChange'>,
  signal: AbortSignal,
): FluxInformers {
  const everywhere: ObserveOptions = namespaces.includes('*') ? {} : { namespaces }
  const start = (group: string, kind: string, options: Partial<ObjectInformerOptions> = {}): ObjectInformer =>
    startObjectInformer(
      { connector, kind: { group, kind }, observe: everywhere, transform: withoutUnreadFields, onChange, ...options },
      signal,
    )
  const transform = artifactUrls.length === 0 ? withoutStatus : withArtifact
  const observeKustomization = (kustomization: KubernetesObject): KubernetesObject => {
    const at = lastActivity(kustomization)
    if (at !== undefined) onActivity(at)
    return withoutUnreadFields(kustomization)
  }
  return {
    kustomizations: start('kustomize.toolkit.fluxcd.io', 'Kustomization', { transform: observeKustomization }),
    helmReleases: start('helm.toolkit.fluxcd.io', 'HelmRelease'),
    gitRepositories: start('source.toolkit.fluxcd.io', 'GitRepository', { transform }),
    chartSources: new Map(
      CHART_SOURCE_KINDS.map((kind) => [kind, start('source.toolkit.fluxcd.io', kind, { transform })] as const),
    ),
    // Their flags count, and a Deployment elsewhere is anybody's.
    controllers: start('apps', 'Deployment', {
      observe: { namespaces: [controllerNamespace] },
      transform: withoutStatus,
    }),
  }
}

/**
 * Controllers update statuses all the time: fields that nobody reads are dropped, so that their changes cause no
 * work.
 */
function withoutUnreadFields({ apiVersion, kind, metadata, spec, status }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata: identityOf(metadata), spec: spec ?? {}, status: status ?? {} }
}

function withoutStatus({ apiVersion, kind, metadata, spec }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata: identityOf(metadata), spec: spec ?? {} }
}

/** Of the status what says where the artifact is. */
function withArtifact(source: KubernetesObject): KubernetesObject {
  const artifact = isJsonObject(source.status) ? source.status.artifact : undefined
  if (!isJsonObject(artifact)) return withoutStatus(source)
  const { url = '', digest = '', revision = '' } = artifact
  return { ...withoutStatus(source), status: { artifact: { url, digest, revision } } }
}

function identityOf(metadata: KubernetesObject['metadata']): KubernetesObject['metadata'] {
  const { name, namespace, labels, generation } = metadata
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(labels !== undefined && { labels }),
    ...(generation !== undefined && { generation }),
  }
}

interface FluxSources {
  readonly informers: FluxInformers
  readonly references: ReferenceInformer
  readonly stores: ReleaseStores
  readonly accounts: AccountRoles
  readonly mapping: FluxMapping
  readonly keys: FluxSnapshot['keys']
}

function partOf(entry: FluxDiscoverySettings, context: DiscoveryContext, known: FluxSources): InventoryPart {
  const { informers, stores, mapping } = known
  const { settings, encrypt } = context
  const snapshot = snapshotOf(context.control.name, known)
  const flux = { snapshot, settings, rules: entry, encrypt }
  const found = mapFluxApps(flux, mapping)
  const resources = [informers.kustomizations, informers.helmReleases, informers.gitRepositories]
  const failure = resources.map((one) => one.failure).find((one) => one !== undefined)
  const subject = `flux in ${entry.cluster}`
  return {
    ...found,
    problems: failure === undefined ? [] : [{ subject, failure }],
    complete: resources.every(({ state }) => state === 'listed'),
    ...(failure !== undefined && { failing: true }),
    reads: stores.clusters,
    resolveRemote: (owner, reference) => fluxRemote(owner, reference, flux),
  }
}

function snapshotOf(control: string, { informers, references, stores, accounts, keys }: FluxSources): FluxSnapshot {
  const gitRepositories = byName(informers.gitRepositories)
  const chartSources = new Map([...informers.chartSources].map(([kind, informer]) => [kind, byName(informer)] as const))
  return {
    control,
    ...appliedBy(informers),
    gitRepository(namespace, name) {
      const found = gitRepositories(namespace, name)
      return found === undefined ? 'absent' : { found }
    },
    chartSource(kind, namespace, name) {
      const found = chartSources.get(kind)?.(namespace, name)
      if (found !== undefined) return { found }
      const failure = informers.chartSources.get(kind)?.failure
      return failure === undefined ? 'absent' : { failure }
    },
    helmRepositories(namespace) {
      const known = [...(informers.chartSources.get('HelmRepository')?.objects.values() ?? [])]
      const inNamespace = known.filter(({ metadata }) => (metadata.namespace || namespace) === namespace)
      return inNamespace.toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))
    },
    configMap(namespace, name) {
      const lookup = references.lookup({ kind: 'ConfigMap', namespace, name })
      if (lookup.state === 'failed') return { failure: lookup.failure }
      return lookup.state === 'configMap' ? { found: lookup.configMap } : 'absent'
    },
    secret(namespace, name) {
      const lookup = references.lookup({ kind: 'Secret', namespace, name })
      if (lookup.state === 'failed') return { failure: lookup.failure }
      return lookup.state === 'secret' ? { found: lookup.secret } : 'absent'
    },
    release: (cluster, namespace, name) => stores.lookup(cluster, namespace, name),
    permission: (cluster, account) => accounts.permission(cluster, account),
    controllers: flagsOf(informers),
    keys,
  }
}

/** Resources that are apps. */
function appliedBy({ kustomizations, helmReleases }: FluxInformers) {
  return {
    kustomizations: [...kustomizations.objects.values()],
    helmReleases: [...helmReleases.objects.values()],
  }
}

function flagsOf({ controllers }: FluxInformers): FluxSnapshot['controllers'] {
  return {
    'kustomize-controller': controllerFlags('kustomize-controller', controllers.objects.values()),
    'helm-controller': controllerFlags('helm-controller', controllers.objects.values()),
  }
}

/** Hand-written snapshots may leave out the namespace. */
function byName({ objects }: ObjectInformer): (namespace: string, name: string) => KubernetesObject | undefined {
  const known = new Map([...objects.values()].map((object) => [nameOf(object), object] as const))
  return (namespace, name) => known.get(`${namespace}/${name}`) ?? known.get(`/${name}`)
}

function nameOf({ metadata }: KubernetesObject): string {
  return `${isJsonObject(metadata) ? String(metadata.namespace ?? '') : ''}/${metadata.name}`
}
