import type { ClusterConnector, ConfidentialSecret } from '../../model/clusters/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import type { GroupKind, KubernetesObject } from '../../model/object.ts'
import type { ArgocdDiscoverySettings } from '../../model/settings.ts'
import type { DiscoveryContext } from '../discovery.ts'
import { textAt } from '../fields/lenient-fields.ts'
import type { Informer } from '../informers/informer.ts'
import { followNamespaces } from '../informers/namespace-informers.ts'
import { type ObjectInformer, startObjectInformer } from '../informers/object-informer.ts'
import { startSecretInformer } from '../informers/secret-informer.ts'
import { reconciledAt } from './applications/application-status.ts'
import { stripApplication, stripResource } from './applications/stripped-resource.ts'
import type { ArgocdSettings } from './argocd-settings.ts'
import { createNamespacePatterns, type NamespacePatterns } from './namespace-patterns.ts'
import { type WatchedNamespaces, watchedNamespaces } from './namespaces.ts'
import { SECRET_TYPE_LABEL } from './secret-data.ts'
import { startSettingsInformer } from './settings-informer.ts'

/** The cached resources of one Argo CD. */
export interface ArgocdInformers {
  /** Argo CD's own, where its settings, projects and Secrets are; undefined while that is not known. */
  readonly namespace: string | undefined
  readonly settings: ArgocdSettings
  readonly secrets: readonly ConfidentialSecret[]
  readonly projects: Pick<ObjectInformer, 'objects' | 'state' | 'failure'>
  readonly applications: readonly KubernetesObject[]
  readonly applicationSets: readonly KubernetesObject[]
  /** Whether Applications of the namespace are watched. */
  covers(namespace: string): boolean
  /** Some first list has neither ended nor failed yet. */
  readonly isListing: boolean
  /** Every Application is known. */
  readonly isComplete: boolean
  /** There is no contact to some of the Applications. */
  readonly isFailing: boolean
  /** Matches lists of namespaces. */
  readonly namespacePatterns: NamespacePatterns
  /** Settings that cannot be read: what Applications mean is not known without them. */
  readonly settingsFailure: Failure | undefined
  /** Why the Secrets cannot be read, where none was read before. */
  readonly secretsFailure: Failure | undefined
  /** What cannot be read. */
  readonly failures: readonly Failure[]
  /** Changes with everything but Applications. */
  readonly version: number
}

const argoKind = (kind: string): GroupKind => ({ group: 'argoproj.io', kind })

const EMPTY: ObjectInformer = { objects: new Map(), state: 'listing', failure: undefined }

export interface ArgocdInformersOptions extends Pick<DiscoveryContext, 'onActivity' | 'matchExpressions'> {
  readonly onChange: () => void
}

/**
 * Watches settings, projects, Secrets, Applications and ApplicationSets of one Argo CD. It never throws; it ends with
 * the signal.
 */
export function startArgocdInformers(
  connector: ClusterConnector,
  entry: Pick<ArgocdDiscoverySettings, 'namespaces' | 'applicationSets'>,
  { onChange, onActivity, matchExpressions }: ArgocdInformersOptions,
  signal: AbortSignal,
): ArgocdInformers {
  let version = 0
  const namespacePatterns = createNamespacePatterns({ matchExpressions, onChange: snapshotChanged }, signal)
  let covered: WatchedNamespaces = watchedNamespaces(entry.namespaces, [], namespacePatterns)
  let withSets: WatchedNamespaces = covered
  const follow = (kind: string, transform: Transform, changed: () => void) =>
    followNamespaces(signal, (observe, until) =>
      startObjectInformer({ connector, kind: argoKind(kind), observe, transform, onChange: changed }, until),
    )
  const projects = follow('AppProject', stripResource, snapshotChanged)
  const secrets = followNamespaces(signal, (scope, until) =>
    startSecretInformer(connector, { ...scope, labelSelector: SECRET_TYPE_LABEL }, snapshotChanged, until),
  )
  const applications = follow('Application', observeApplication, onChange)
  const sets = follow('ApplicationSet', stripResource, snapshotChanged)
  const configMaps = startSettingsInformer(connector, entry.namespaces, settingsChanged, signal)

  /** The time of the last reconciliation is reported and not cached: it changes all the time. */
  function observeApplication(application: KubernetesObject): KubernetesObject {
    const at = reconciledAt(application)
    if (at !== undefined) onActivity(at)
    return stripApplication(application)
  }

  function snapshotChanged(): void {
    version += 1
    onChange()
  }

  /** The settings say in which namespaces to watch the rest. */
  function settingsChanged(): void {
    const { namespace: own, settings } = configMaps
    if (own !== undefined) {
      covered = watchedNamespaces([...entry.namespaces, own], settings.applicationNamespaces, namespacePatterns)
      projects.set([own])
      secrets.set([own])
      applications.set(covered.watched)
      withSets = watchedNamespaces([...entry.namespaces, own], settings.applicationSetNamespaces, namespacePatterns)
      if (entry.applicationSets) sets.set(withSets.watched)
    }
    snapshotChanged()
  }

  const all = (): readonly Pick<Informer<unknown>, 'state' | 'failure'>[] => [
    ...configMaps.informers,
    ...projects.all(),
    ...secrets.all(),
    ...applications.all(),
    ...sets.all(),
  ]
  return {
    get namespace() {
      return configMaps.namespace
    },
    get settings() {
      return configMaps.settings
    },
    get secrets() {
      return secrets.all().flatMap(({ items }) => [...items.values()])
    },
    get projects() {
      return projects.all()[0] ?? EMPTY
    },
    get applications() {
      return objectsIn(applications.all(), configMaps.namespace, covered.includes)
    },
    get applicationSets() {
      return objectsIn(sets.all(), configMaps.namespace, withSets.includes)
    },
    covers: (name) => covered.includes(name),
    get isListing() {
      return configMaps.namespace === undefined || all().some(({ state }) => state === 'listing')
    },
    get isComplete() {
      const isCovered = configMaps.namespace !== undefined && covered.failure === undefined
      return isCovered && !namespacePatterns.isPending && isListed(applications.all())
    },
    get isFailing() {
      return applications.all().some(({ failure }) => failure !== undefined)
    },
    get settingsFailure() {
      return configMaps.failure
    },
    get secretsFailure() {
      return secrets.all().flatMap(({ state, failure }) => (state === 'failed' ? (failure ?? []) : []))[0]
    },
    get failures() {
      return [...all(), ...namespaceFailures(covered, withSets)].flatMap(({ failure }) => failure ?? [])
    },
    namespacePatterns,
    get version() {
      return version
    },
  }
}

/** Of a list that may be shorter than it should be. */
function namespaceFailures(
  applications: WatchedNamespaces,
  sets: WatchedNamespaces,
): readonly { readonly failure: Failure }[] {
  return Object.entries({
    'application.namespaces': applications.failure,
    'applicationsetcontroller.namespaces': sets.failure,
  }).flatMap(([setting, failure]) =>
    failure === undefined
      ? []
      : [{ failure: { ...failure, message: `${setting}: some of its namespaces may be missing: ${failure.message}` } }],
  )
}

function isListed(informers: readonly Pick<ObjectInformer, 'state'>[]): boolean {
  return informers.every(({ state }) => state === 'listed')
}

type Transform = (object: KubernetesObject) => KubernetesObject

/** Objects without a namespace, which only snapshots have, count as in Argo CD's own. The first of a name counts. */
function objectsIn(
  informers: readonly ObjectInformer[],
  own: string | undefined,
  includes: (namespace: string) => boolean,
): readonly KubernetesObject[] {
  const found = new Map<string, KubernetesObject>()
  for (const informer of informers)
    for (const object of informer.objects.values()) {
      const one = namespaceOf(object) === '' ? inNamespace(object, own ?? '') : object
      const key = `${namespaceOf(one)}/${one.metadata.name}`
      if (includes(namespaceOf(one)) && !found.has(key)) found.set(key, one)
    }
  return [...found.values()]
}

function namespaceOf({ metadata }: KubernetesObject): string {
  return textAt(metadata, 'namespace')
}

function inNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, name: object.metadata.name, namespace } }
}
