import type { ClusterConnector, ConfidentialSecret, ObserveOptions } from '../../model/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import type { GroupKind, KubernetesObject } from '../../model/object.ts'
import type { ArgocdDiscoverySettings } from '../../model/settings.ts'
import type { DiscoveryContext } from '../discovery.ts'
import { textAt, textsAt } from '../fields/lenient-fields.ts'
import type { Informer } from '../informers/informer.ts'
import { type ObjectInformer, startObjectInformer } from '../informers/object-informer.ts'
import { startSecretInformer } from '../informers/secret-informer.ts'
import { reconciledAt } from './applications/application-status.ts'
import { stripApplication, stripResource } from './applications/stripped-resource.ts'
import { type ArgocdSettings, readSettings } from './argocd-settings.ts'
import { type WatchedNamespaces, watchedNamespaces } from './namespaces.ts'
import { SECRET_TYPE_LABEL } from './secret-data.ts'

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
  /** Settings that cannot be read: what Applications mean is not known without them. */
  readonly settingsFailure: Failure | undefined
  /** Why the Secrets cannot be read, where none was read before. */
  readonly secretsFailure: Failure | undefined
  /** What cannot be read. */
  readonly failures: readonly Failure[]
  /** Changes with everything but Applications. */
  readonly version: number
}

const CONFIG_MAP: GroupKind = { group: '', kind: 'ConfigMap' }
const GENERAL = 'argocd-cm'
const PARAMETERS = 'argocd-cmd-params-cm'
const USUAL_NAMESPACE = 'argocd'
const argoKind = (kind: string): GroupKind => ({ group: 'argoproj.io', kind })

type Watched = Pick<Informer<unknown>, 'state' | 'failure'>
const EMPTY: ObjectInformer = { objects: new Map(), state: 'listing', failure: undefined }

/**
 * Watches settings, projects, Secrets, Applications and ApplicationSets of one Argo CD. It never throws; it ends with
 * the signal.
 */
export function startArgocdInformers(
  connector: ClusterConnector,
  entry: Pick<ArgocdDiscoverySettings, 'namespaces' | 'applicationSets'>,
  { onChange, onActivity }: Pick<DiscoveryContext, 'onActivity'> & { readonly onChange: () => void },
  signal: AbortSignal,
): ArgocdInformers {
  let version = 0
  let namespace: string | undefined
  let settings: ArgocdSettings = readSettings({}, {})
  let covered: WatchedNamespaces = watchedNamespaces(entry.namespaces, [])
  let withSets: WatchedNamespaces = covered

  const objects = (
    kind: GroupKind,
    observe: ObserveOptions,
    transform: Transform,
    changed: () => void,
    until: AbortSignal,
  ) => startObjectInformer({ connector, kind, observe, transform, onChange: changed }, until)
  const configMaps = (name: string) =>
    followScopes(signal, (scope, until) =>
      objects(CONFIG_MAP, { ...scope, fieldSelector: `metadata.name=${name}` }, stripResource, settingsChanged, until),
    )
  const general = configMaps(GENERAL)
  const parameters = configMaps(PARAMETERS)
  const projects = followScopes(signal, (scope, until) =>
    objects(argoKind('AppProject'), scope, stripResource, snapshotChanged, until),
  )
  const secrets = followScopes(signal, (scope, until) =>
    startSecretInformer(connector, { ...scope, labelSelector: SECRET_TYPE_LABEL }, snapshotChanged, until),
  )
  const applications = followScopes(signal, (scope, until) =>
    objects(argoKind('Application'), scope, observeApplication, onChange, until),
  )
  const sets = followScopes(signal, (scope, until) =>
    objects(argoKind('ApplicationSet'), scope, stripResource, snapshotChanged, until),
  )

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

  function settingsChanged(): void {
    if ([...general.all(), ...parameters.all()].every(({ state }) => state !== 'listing')) arrange()
    snapshotChanged()
  }

  /** The settings say in which namespaces to watch the rest. */
  function arrange(): void {
    const found = general.all().flatMap((informer) => [...informer.objects.values()].map(namespaceOf))
    const own = chooseNamespace(entry.namespaces, found)
    namespace = own
    settings = readSettings(dataOf(general, own), dataOf(parameters, own))
    covered = watchedNamespaces([...entry.namespaces, own], settings.applicationNamespaces)
    projects.set([own])
    secrets.set([own])
    applications.set(covered.watched)
    withSets = watchedNamespaces([...entry.namespaces, own], settings.applicationSetNamespaces)
    if (entry.applicationSets) sets.set(withSets.watched)
  }

  /** Objects without a namespace, which only snapshots have, count as in Argo CD's own. */
  function objectsIn(
    scopes: Scopes<ObjectInformer>,
    includes: (namespace: string) => boolean,
  ): readonly KubernetesObject[] {
    const found = new Map<string, KubernetesObject>()
    for (const informer of scopes.all())
      for (const object of informer.objects.values()) {
        const one = namespaceOf(object) === '' ? inNamespace(object, namespace ?? '') : object
        const objectNamespace = namespaceOf(one)
        if (includes(objectNamespace))
          found.set(
            `${objectNamespace}/${one.metadata.name}`,
            found.get(`${objectNamespace}/${one.metadata.name}`) ?? one,
          )
      }
    return [...found.values()]
  }

  general.set(entry.namespaces.includes('*') ? 'all' : entry.namespaces)
  parameters.set(entry.namespaces.includes('*') ? 'all' : entry.namespaces)
  const all = (): readonly Watched[] => [
    ...general.all(),
    ...parameters.all(),
    ...projects.all(),
    ...secrets.all(),
    ...applications.all(),
    ...sets.all(),
  ]
  return {
    get namespace() {
      return namespace
    },
    get settings() {
      return settings
    },
    get secrets() {
      return secrets.all().flatMap(({ items }) => [...items.values()])
    },
    get projects() {
      return projects.all()[0] ?? EMPTY
    },
    get applications() {
      return objectsIn(applications, covered.includes)
    },
    get applicationSets() {
      return objectsIn(sets, withSets.includes)
    },
    covers: (name) => covered.includes(name),
    get isListing() {
      return namespace === undefined || all().some(({ state }) => state === 'listing')
    },
    get isComplete() {
      return namespace !== undefined && applications.all().every(({ state }) => state === 'listed')
    },
    get isFailing() {
      return applications.all().some(({ failure }) => failure !== undefined)
    },
    get settingsFailure() {
      const own = [general, parameters].map((scopes) => scopes.of(namespace ?? ''))
      return own
        .map((informer) => (informer?.state === 'failed' ? informer.failure : undefined))
        .find((one) => one !== undefined)
    },
    get secretsFailure() {
      return secrets.all().flatMap(({ state, failure }) => (state === 'failed' ? (failure ?? []) : []))[0]
    },
    get failures() {
      return all().flatMap(({ failure }) => failure ?? [])
    },
    get version() {
      return version
    },
  }
}

type Transform = (object: KubernetesObject) => KubernetesObject

/** One informer for each namespace, so that a forbidden one does not affect the others; or one for all. */
interface Scopes<ScopedInformer> {
  /** Starts and stops informers so that just these namespaces are followed. */
  set(namespaces: readonly string[] | 'all'): void
  of(namespace: string): ScopedInformer | undefined
  all(): readonly ScopedInformer[]
}

const EVERYWHERE = '*'

function followScopes<ScopedInformer>(
  signal: AbortSignal,
  start: (scope: Pick<ObserveOptions, 'namespaces'>, until: AbortSignal) => ScopedInformer,
): Scopes<ScopedInformer> {
  const running = new Map<string, { readonly informer: ScopedInformer; readonly stop: AbortController }>()
  return {
    set(namespaces) {
      const wanted = new Set(namespaces === 'all' ? [EVERYWHERE] : namespaces)
      for (const [namespace, { stop }] of running) {
        if (wanted.has(namespace)) continue
        stop.abort()
        running.delete(namespace)
      }
      for (const namespace of wanted) {
        if (running.has(namespace)) continue
        const stop = new AbortController()
        const scope = namespace === EVERYWHERE ? {} : { namespaces: [namespace] }
        running.set(namespace, { stop, informer: start(scope, AbortSignal.any([signal, stop.signal])) })
      }
    },
    of: (namespace) => (running.get(namespace) ?? running.get(EVERYWHERE))?.informer,
    all: () => [...running.values()].map(({ informer }) => informer),
  }
}

/** The namespace of argocd-cm; without one, the first that the config names. */
function chooseNamespace(named: readonly string[], found: readonly string[]): string {
  const inOrder = [...named, USUAL_NAMESPACE, ...found.toSorted()]
  const [first = USUAL_NAMESPACE] = named.filter((namespace) => namespace !== '*')
  return inOrder.find((namespace) => found.includes(namespace) && namespace !== '') ?? first
}

function dataOf(scopes: Scopes<ObjectInformer>, namespace: string): Readonly<Record<string, string>> {
  const objects = scopes.all().flatMap((informer) => [...informer.objects.values()])
  const own = objects.find((object) => namespaceOf(object) === namespace)
  return own === undefined ? {} : textsAt(own, 'data')
}

function namespaceOf({ metadata }: KubernetesObject): string {
  return textAt(metadata, 'namespace')
}

function inNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, name: object.metadata.name, namespace } }
}
