import { createDebouncedSignal } from '../../concurrency/debounced-signal.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { ArgocdDiscoverySettings } from '../../model/settings.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { DiscoveryContext, DiscoverySource, InventoryPart } from '../discovery.ts'
import { applicationToApp, type MappedApplication } from './applications/application-to-app.ts'
import { type ComputedSets, computeSets } from './applicationset/compute-sets.ts'
import type { ComputedApplicationSet } from './applicationset/computed-set.ts'
import { applicationsBySet, reportSet } from './applicationset/report-set.ts'
import type { ArgocdContext } from './argocd-context.ts'
import { type ArgocdInformers, startArgocdInformers } from './argocd-informers.ts'
import { type ArgocdSnapshot, createArgocdSnapshot } from './argocd-snapshot.ts'
import { remoteRepository } from './repositories/remote-repository.ts'
import { repositorySecretProblems } from './repositories/repository-secrets.ts'

/** Debounce of changes: an ApplicationSet creates hundreds of Applications at once. */
const QUIET_MS = 100
/** Problems shown of one set: one with ten thousand bad names would fill the page. */
const MAX_PROBLEMS = 20

/** Discovers the Applications of one Argo CD, and computes its ApplicationSets. */
export function argocdDiscovery(entry: ArgocdDiscoverySettings): DiscoverySource {
  return {
    origin: { controller: 'argocd', declaredIn: entry.cluster },
    discover: (context, signal) => discoverArgocd(entry, context, signal),
  }
}

async function* discoverArgocd(
  entry: ArgocdDiscoverySettings,
  context: DiscoveryContext,
  signal: AbortSignal,
): AsyncGenerator<InventoryPart> {
  const changes = createDebouncedSignal(QUIET_MS, signal)
  const informers = startArgocdInformers(
    context.control,
    entry,
    { onChange: changes.notify, onActivity: context.onActivity, matchExpressions: context.matchExpressions },
    signal,
  )
  const sets = computeSets({ git: context.git, step: context.generate, onChange: changes.notify }, signal)
  let version: number | undefined
  let snapshot: ArgocdSnapshot | undefined
  let mapping = createMapping()
  while (!signal.aborted) {
    await changes.next()
    if (signal.aborted) return
    if (informers.isListing) continue
    if (snapshot === undefined || version !== informers.version) {
      version = informers.version
      informers.namespacePatterns.beginTurn()
      snapshot = createArgocdSnapshot(informers, entry, context)
      mapping = createMapping()
      sets.track(snapshot.sets)
    }
    yield partOf(entry, informers, snapshot, sets, mapping)
  }
}

/** Caches by resource object: an unchanged resource maps to the same object. */
function createMapping(): (resource: KubernetesObject, context: ArgocdContext) => MappedApplication {
  const known = new WeakMap<KubernetesObject, MappedApplication>()
  return (resource, context) => {
    const mapped = known.get(resource) ?? applicationToApp(resource, context)
    known.set(resource, mapped)
    return mapped
  }
}

function partOf(
  entry: ArgocdDiscoverySettings,
  informers: ArgocdInformers,
  snapshot: ArgocdSnapshot,
  sets: ComputedSets,
  mapping: ReturnType<typeof createMapping>,
): InventoryPart {
  const { applications } = informers
  const mapped = applications.map((application) => mapping(application, snapshot.context))
  const repositories = new Map<RepositoryId, RepositorySpec>()
  for (const one of mapped) for (const spec of one.repositories) repositories.set(spec.id, spec)
  for (const spec of sets.repositories) if (!repositories.has(spec.id)) repositories.set(spec.id, spec)
  const computed = computedSets(informers, snapshot, sets, applications)
  const { clusters } = snapshot.context
  return {
    clusters: clusters.scoped,
    registered: clusters.registered,
    repositories: [...repositories.values()],
    apps: mapped.map(({ app }) => app),
    problems: [
      ...informers.failures.map((failure) => ({ subject: `argocd in ${entry.cluster}`, failure })),
      ...informers.settings.warnings.map((failure) => ({ subject: `settings of argocd in ${entry.cluster}`, failure })),
      ...clusters.problems,
      ...repositorySecretProblems(snapshot.context.repositories, entry.cluster),
      ...computed.flatMap(({ namespace, name, problems }) =>
        problems.slice(0, MAX_PROBLEMS).map((failure) => ({
          subject: `ApplicationSet ${namespace}/${name} in ${entry.cluster}`,
          failure,
        })),
      ),
    ],
    applicationSets: computed,
    complete: informers.isComplete,
    resolveRemote: (owner, reference) => remoteRepository(owner, reference, snapshot.context),
    ...(informers.isFailing && { failing: true }),
    ...((!sets.complete || informers.namespacePatterns.isPending) && { pending: true }),
  }
}

function computedSets(
  informers: ArgocdInformers,
  snapshot: ArgocdSnapshot,
  sets: ComputedSets,
  applications: readonly KubernetesObject[],
): readonly ComputedApplicationSet[] {
  if (snapshot.sets.sets.length === 0) return []
  const bySet = applicationsBySet(applications)
  return snapshot.sets.sets.flatMap((set) => {
    const generated = sets.result(set)
    if (generated === undefined) return []
    const namespace = String(set.metadata.namespace ?? '')
    const isKnown = informers.isComplete && informers.covers(namespace)
    const live = isKnown ? (bySet.get(`${namespace}/${set.metadata.name}`) ?? []) : undefined
    return [reportSet({ control: snapshot.context.control, set, generated, live })]
  })
}
