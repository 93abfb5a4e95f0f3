import { groupVersion } from '../../kubernetes/object.ts'
import type { App, Tracking } from '../../model/apps/app.ts'
import type { AppId } from '../../model/identity.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject, ObjectKey } from '../../model/object.ts'
import { INSTALLATION_ID, RELEASE_NAME, RELEASE_NAMESPACE, TRACKING_ID } from '../desired/tracking-mark.ts'

/** Finds the apps whose tracking mark an object of one cluster carries. */
export interface TrackingIndex {
  add(app: App): void
  remove(app: App): void
  /** No app has a mark. */
  readonly isEmpty: boolean
  /** Whether the app has a mark at all. */
  knows(app: AppId): boolean
  /** The apps that the object names, where the mark counts; empty for objects that another object owns. */
  owners(object: KubernetesObject): readonly AppId[]
}

/**
 * A mark counts only if it names the object itself, and the object has no ownerReferences: controllers copy labels and annotations to
 * what they make (a Deployment's to its ReplicaSets, a Service's to its Endpoints).
 */
export function createTrackingIndex(): TrackingIndex {
  const apps = new Map<string, AppId[]>()
  const marked = new Set<AppId>()
  const labelKeys = new Map<string, number>()

  function marksOf(object: KubernetesObject): readonly string[] {
    const labels = object.metadata.labels
    const annotations = object.metadata.annotations
    const marks: string[] = []
    if (isJsonObject(annotations)) {
      const tracked = trackingIdOf(annotations, object)
      if (tracked !== undefined) marks.push(tracked)
      const release = annotations[RELEASE_NAME]
      if (typeof release === 'string') marks.push(helmMark(release, String(annotations[RELEASE_NAMESPACE] ?? '')))
    }
    if (isJsonObject(labels)) {
      for (const key of labelKeys.keys()) {
        const value = labels[key]
        if (typeof value !== 'string') continue
        const group = key.endsWith('/name') ? key.slice(0, -'/name'.length) : undefined
        const namespace = group === undefined ? undefined : labels[`${group}/namespace`]
        marks.push(labelMark(key, value))
        if (group !== undefined && typeof namespace === 'string') marks.push(fluxMark(group, value, namespace))
      }
    }
    return marks
  }

  return {
    add(app) {
      const text = markOf(app.tracking)
      if (text === undefined) return
      marked.add(app.id)
      apps.set(text, [...(apps.get(text) ?? []), app.id])
      const key = labelKeyOf(app.tracking)
      if (key !== undefined) labelKeys.set(key, (labelKeys.get(key) ?? 0) + 1)
    },
    remove(app) {
      const text = markOf(app.tracking)
      if (text === undefined) return
      marked.delete(app.id)
      const others = (apps.get(text) ?? []).filter((id) => id !== app.id)
      if (others.length === 0) apps.delete(text)
      else apps.set(text, others)
      const key = labelKeyOf(app.tracking)
      const users = key === undefined ? 0 : (labelKeys.get(key) ?? 0) - 1
      if (key !== undefined && users <= 0) labelKeys.delete(key)
      else if (key !== undefined) labelKeys.set(key, users)
    },
    get isEmpty() {
      return apps.size === 0
    },
    knows: (app) => marked.has(app),
    owners(object) {
      if (apps.size === 0) return []
      const references = object.metadata.ownerReferences
      if (Array.isArray(references) && references.length > 0) return []
      return marksOf(object).flatMap((text) => apps.get(text) ?? [])
    },
  }
}

/** What its objects carry, as one text; undefined where the app marks nothing. */
export function markOf(tracking: Tracking): string | undefined {
  switch (tracking.method) {
    case 'none':
      return undefined
    case 'annotation':
    case 'annotation+label':
      return annotationMark(tracking.appName, tracking.installationId ?? '')
    case 'label':
      return labelMark(tracking.labelKey, tracking.appName)
    case 'flux':
      return fluxMark(tracking.group, tracking.name, tracking.namespace)
    case 'helm':
      return helmMark(tracking.release, tracking.namespace)
    default:
      return tracking satisfies never
  }
}

function labelKeyOf(tracking: Tracking): string | undefined {
  if (tracking.method === 'label') return tracking.labelKey
  return tracking.method === 'flux' ? `${tracking.group}/name` : undefined
}

const annotationMark = (appName: string, installation: string): string => `argocd ${installation} ${appName}`
const labelMark = (key: string, value: string): string => `label ${key} ${value}`
const fluxMark = (group: string, name: string, namespace: string): string => `flux ${group} ${namespace} ${name}`
const helmMark = (release: string, namespace: string): string => `helm ${namespace} ${release}`

/** `app:group/kind:namespace/name`; a name of Kubernetes holds no ':', but RBAC names do, so the app's name ends at the first. */
function trackingIdOf(annotations: JsonObject, object: KubernetesObject): string | undefined {
  const id = annotations[TRACKING_ID]
  const parts = typeof id === 'string' ? /^([^:]*):([^/:]*)\/([^:]*):([^/]*)\/(.*)$/.exec(id) : null
  if (parts === null) return undefined
  const [, appName = '', group, kind, namespace, name] = parts
  if (!namesObject({ group: group ?? '', kind: kind ?? '', namespace: namespace ?? '', name: name ?? '' }, object))
    return undefined
  const installation = annotations[INSTALLATION_ID]
  return annotationMark(appName, typeof installation === 'string' ? installation : '')
}

/** Cluster-scoped objects are marked with the destination's namespace. */
function namesObject(named: ObjectKey, object: KubernetesObject): boolean {
  const { namespace, name } = object.metadata
  return (
    named.kind === object.kind &&
    named.name === name &&
    named.group === groupVersion(object.apiVersion).group &&
    (namespace === undefined || named.namespace === namespace)
  )
}
