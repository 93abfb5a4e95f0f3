import { createDebouncedSignal } from '../../concurrency/debounced-signal.ts'
import type { ClusterConnector, ObserveOptions } from '../../model/cluster.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { FluxDiscoverySettings } from '../../model/settings.ts'
import type { DiscoveryContext, DiscoverySource, InventoryPart } from '../discovery.ts'
import { type KeepOptions, type KeptObjects, keepObjects } from '../informers/object-informer.ts'
import { type KeptReferences, keepReferences } from '../informers/reference-informer.ts'
import { fluxApps } from './flux-apps.ts'
import type { FluxWorld } from './flux-context.ts'
import { createFluxMapping, type FluxMapping } from './flux-mapping.ts'
import { fluxReferences } from './flux-references.ts'
import { createReleaseStores, type ReleaseStores } from './helm-releases/release-stores.ts'
import { isStrictSubstitution, KUSTOMIZE_CONTROLLERS } from './kustomizations/strict-substitution.ts'
import { lastActivity } from './reported-status.ts'
import { referenceReader } from './snapshot-references.ts'

/** So long changes are gathered: a controller writes several resources at once. */
const QUIET_MILLISECONDS = 20

/** Kustomizations and HelmReleases of one control cluster. */
export function fluxDiscovery(entry: FluxDiscoverySettings): DiscoverySource {
  return {
    declarer: { controller: 'flux', declaredIn: entry.cluster },
    discover: (context, signal) => discoverFlux(entry, context, signal),
  }
}

interface KeptResources {
  readonly kustomizations: KeptObjects
  readonly helmReleases: KeptObjects
  readonly gitRepositories: KeptObjects
  readonly controllers: readonly KeptObjects[]
}

async function* discoverFlux(
  entry: FluxDiscoverySettings,
  context: DiscoveryContext,
  signal: AbortSignal,
): AsyncGenerator<InventoryPart> {
  const { control, onActivity } = context
  const changes = createDebouncedSignal(QUIET_MILLISECONDS, signal)
  const kept = keepResources(control, entry, { onChange: changes.tell, onActivity }, signal)
  const references = keepReferences(referenceReader(control, context.settings), changes.tell, signal)
  const stores = createReleaseStores(context, changes.tell, signal)
  const mapping = createFluxMapping()
  context.onClusters(changes.tell)
  while (!signal.aborted) {
    await changes.next()
    if (signal.aborted) return
    const needed = [kept.kustomizations, kept.helmReleases, kept.gitRepositories]
    if ([...needed, ...kept.controllers].some(({ state }) => state === 'listing')) continue
    references.want(needed.flatMap(({ objects }) => [...objects.values()].flatMap(fluxReferences)))
    stores.want(control.name, [...kept.helmReleases.objects.values()])
    if (!references.complete || !stores.complete) continue
    yield partOf(entry, context, { kept, references, stores, mapping })
  }
}

function keepResources(
  connector: ClusterConnector,
  { namespaces }: FluxDiscoverySettings,
  { onChange, onActivity }: Pick<DiscoveryContext, 'onActivity'> & Pick<KeepOptions, 'onChange'>,
  signal: AbortSignal,
): KeptResources {
  const everywhere: ObserveOptions = namespaces.includes('*') ? {} : { namespaces }
  const keep = (group: string, kind: string, options: Partial<KeepOptions> = {}): KeptObjects =>
    keepObjects(
      { connector, kind: { group, kind }, observe: everywhere, keep: whatIsRead, onChange, ...options },
      signal,
    )
  const keepKustomization = (kustomization: KubernetesObject): KubernetesObject => {
    const at = lastActivity(kustomization)
    if (at !== undefined) onActivity(at)
    return whatIsRead(kustomization)
  }
  return {
    kustomizations: keep('kustomize.toolkit.fluxcd.io', 'Kustomization', { keep: keepKustomization }),
    helmReleases: keep('helm.toolkit.fluxcd.io', 'HelmRelease'),
    gitRepositories: keep('source.toolkit.fluxcd.io', 'GitRepository', { keep: whatIsDeclared }),
    // Its flags count, wherever it runs.
    controllers: KUSTOMIZE_CONTROLLERS.map((observe) => keep('apps', 'Deployment', { observe, keep: whatIsDeclared })),
  }
}

/** Controllers write their status all the time: what nobody reads must not wake anybody. */
function whatIsRead({ apiVersion, kind, metadata, spec, status }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata: identityOf(metadata), spec: spec ?? {}, status: status ?? {} }
}

function whatIsDeclared({ apiVersion, kind, metadata, spec }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata: identityOf(metadata), spec: spec ?? {} }
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

interface Known {
  readonly kept: KeptResources
  readonly references: KeptReferences
  readonly stores: ReleaseStores
  readonly mapping: FluxMapping
}

function partOf(entry: FluxDiscoverySettings, context: DiscoveryContext, known: Known): InventoryPart {
  const { kept, stores, mapping } = known
  const { settings, enclose } = context
  const world = worldOf(context.control.name, known)
  const found = fluxApps({ world, settings, rules: entry, enclose }, mapping)
  const resources = [kept.kustomizations, kept.helmReleases, kept.gitRepositories]
  const failure = resources.map((one) => one.failure).find((one) => one !== undefined)
  const subject = `flux in ${entry.cluster}`
  return {
    ...found,
    problems: failure === undefined ? [] : [{ subject, failure }],
    complete: resources.every(({ state }) => state === 'listed'),
    reads: stores.clusters,
  }
}

function worldOf(control: string, { kept, references, stores }: Known): FluxWorld {
  const gitRepositories = new Map(
    [...kept.gitRepositories.objects.values()].map((object) => [nameOf(object), object] as const),
  )
  return {
    control,
    kustomizations: [...kept.kustomizations.objects.values()],
    helmReleases: [...kept.helmReleases.objects.values()],
    gitRepository(namespace, name) {
      // A snapshot that somebody wrote by hand may name no namespace.
      const found = gitRepositories.get(`${namespace}/${name}`) ?? gitRepositories.get(`/${name}`)
      return found === undefined ? 'absent' : { found }
    },
    configMap(namespace, name) {
      const lookup = references.look({ kind: 'ConfigMap', namespace, name })
      if (lookup.state === 'failed') return { failure: lookup.failure }
      return lookup.state === 'configMap' ? { found: lookup.configMap } : 'absent'
    },
    secret(namespace, name) {
      const lookup = references.look({ kind: 'Secret', namespace, name })
      if (lookup.state === 'failed') return { failure: lookup.failure }
      return lookup.state === 'secret' ? { found: lookup.secret } : 'absent'
    },
    release: (cluster, namespace, name) => stores.look(cluster, namespace, name),
    strictSubstitution: isStrictSubstitution(kept.controllers.flatMap(({ objects }) => [...objects.values()])),
  }
}

function nameOf({ metadata }: KubernetesObject): string {
  return `${isJsonObject(metadata) ? String(metadata.namespace ?? '') : ''}/${metadata.name}`
}
