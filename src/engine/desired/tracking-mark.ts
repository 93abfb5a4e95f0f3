import { escapeToken } from '../../kubernetes/json-pointer.ts'
import { groupVersion, objectKey } from '../../kubernetes/object.ts'
import type { Tracking } from '../../model/apps/app.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'

export const TRACKING_ID = 'argocd.argoproj.io/tracking-id'
export const INSTALLATION_ID = 'argocd.argoproj.io/installation-id'
export const RELEASE_NAME = 'meta.helm.sh/release-name'
export const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace'
const MANAGED_BY = 'app.kubernetes.io/managed-by'
/** Label values are no longer, and begin and end with a letter or digit. */
const LABEL_LENGTH = 63
/** Before 0.11 Argo CD labelled what workloads make, too; with this key it still does (SetAppInstanceLabel). */
const LEGACY_LABEL = 'applications.argoproj.io/app-name'
const LABELLED_TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  apps: ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'],
  extensions: ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'],
  batch: ['Job'],
}

/**
 * Adds the labels or annotations by which the app's controller tracks its objects, as it does before it applies them.
 * @param namespace the destination's, which Argo CD writes for objects without one
 */
export function addTrackingMark(object: KubernetesObject, tracking: Tracking, namespace: string): KubernetesObject {
  switch (tracking.method) {
    case 'none':
      return object
    case 'annotation':
    case 'annotation+label':
    case 'label':
      return isCustomResourceDefinition(object) ? object : addArgocdMark(object, tracking, namespace)
    case 'flux':
      return mark(object, {
        labels: { [`${tracking.group}/name`]: tracking.name, [`${tracking.group}/namespace`]: tracking.namespace },
      })
    case 'helm':
      return mark(object, {
        labels: { [MANAGED_BY]: 'Helm' },
        annotations: { [RELEASE_NAME]: tracking.release, [RELEASE_NAMESPACE]: tracking.namespace },
      })
    default:
      return tracking satisfies never
  }
}

/** What keeps Argo CD from marking an object, by where the mark would go. */
export interface MarkFaults {
  readonly annotations?: string
  readonly labels?: string
}

/**
 * Argo CD marks only what has texts and nothing else for annotations (or labels, which a `null` is not either), and generates no manifest
 * of an app that has an object it cannot mark (`SetAppInstance`, `nestedNullableStringMap`).
 */
export function markFaults(object: KubernetesObject): MarkFaults | undefined {
  if (isCustomResourceDefinition(object)) return undefined
  const [annotations, labels] = [textMapFault(object, 'annotations'), textMapFault(object, 'labels')]
  if (annotations === undefined && labels === undefined) return undefined
  return { ...(annotations !== undefined && { annotations }), ...(labels !== undefined && { labels }) }
}

function textMapFault({ metadata }: KubernetesObject, field: keyof MarkFaults): string | undefined {
  const map = metadata[field]
  if (map === undefined || map === null) return undefined
  if (!isJsonObject(map)) return `/metadata/${field} is no mapping`
  const entry = Object.entries(map).find(([, value]) => typeof value !== 'string')
  if (entry === undefined) return undefined
  const [key, value] = entry
  const type = Array.isArray(value) ? 'list' : typeof value
  return `/metadata/${field}/${escapeToken(key)} is ${value === null ? 'null' : `a ${type}`}, not text`
}

/** Of an object that the app's controller cannot mark, why. */
export function markFault(faults: MarkFaults | undefined, tracking: Tracking): string | undefined {
  switch (tracking.method) {
    case 'annotation':
      return faults?.annotations
    case 'annotation+label':
      return faults?.annotations ?? faults?.labels
    case 'label':
      return faults?.labels
    default:
      return undefined
  }
}

type ArgocdTracking = Extract<Tracking, { readonly appName: string }>

/** CRDs carry no mark (the repo-server's `!kube.IsCRD(target)`). */
function isCustomResourceDefinition({ apiVersion, kind }: KubernetesObject): boolean {
  return kind === 'CustomResourceDefinition' && groupVersion(apiVersion).group === 'apiextensions.k8s.io'
}

function addArgocdMark(object: KubernetesObject, tracking: ArgocdTracking, namespace: string): KubernetesObject {
  const { method, labelKey, appName } = tracking
  const marked =
    method === 'label' ? object : mark(object, { annotations: trackingAnnotations(object, tracking, namespace) })
  if (method === 'annotation') return marked
  // A label alone names the app, so it is never cut.
  return addInstanceLabel(marked, labelKey, method === 'label' ? appName : truncateLabel(appName))
}

/** As `TruncateLabel` of Argo CD: what is cut ends with a letter or digit. */
function truncateLabel(value: string): string {
  return value.length <= LABEL_LENGTH ? value : value.slice(0, LABEL_LENGTH).replace(/[^a-zA-Z0-9]+$/, '')
}

function addInstanceLabel(object: KubernetesObject, key: string, value: string): KubernetesObject {
  const labels = { [key]: value }
  const marked = mark(object, { labels })
  const { group } = groupVersion(object.apiVersion)
  if (key !== LEGACY_LABEL || LABELLED_TEMPLATES[group]?.includes(object.kind) !== true) return marked
  const spec = objectOrEmpty(marked.spec)
  const template = objectOrEmpty(spec.template)
  const metadata = objectOrEmpty(template.metadata)
  const labelled = { ...metadata, labels: { ...objectOrEmpty(metadata.labels), ...labels } }
  return { ...marked, spec: { ...spec, template: { ...template, metadata: labelled } } }
}

/**
 * A live object as Argo CD compares it (`resourceTracking.Normalize`): one that still carries only the instance label, from the time of
 * tracking by label, gets the annotation that it would be given, and loses a label that Git does not declare. An annotation that names
 * another app stays, and differs.
 */
export function normalizeTracking(
  live: KubernetesObject,
  desired: KubernetesObject,
  tracking: Tracking,
): KubernetesObject {
  if (tracking.method !== 'annotation' && tracking.method !== 'annotation+label') return live
  const { labelKey } = tracking
  const labels = objectOrEmpty(live.metadata.labels)
  if (typeof labels[labelKey] !== 'string' || labels[labelKey] === '' || isCustomResourceDefinition(live)) return live
  const annotations = objectOrEmpty(live.metadata.annotations)
  const wanted = objectOrEmpty(desired.metadata.annotations)[TRACKING_ID]
  const isTracked = annotations[TRACKING_ID] !== undefined && annotations[TRACKING_ID] !== ''
  const isDeclared = (objectOrEmpty(desired.metadata.labels)[labelKey] ?? '') !== ''
  const { [labelKey]: _instance, ...others } = labels
  return {
    ...live,
    metadata: {
      ...live.metadata,
      ...(!isTracked && wanted !== undefined && { annotations: { ...annotations, [TRACKING_ID]: wanted } }),
      ...(!isDeclared && { labels: others }),
    },
  }
}

function objectOrEmpty(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function trackingAnnotations(
  object: KubernetesObject,
  tracking: { readonly appName: string; readonly installationId?: string },
  namespace: string,
): Readonly<Record<string, string>> {
  const key = objectKey(object)
  const id = `${tracking.appName}:${key.group}/${key.kind}:${key.namespace || namespace}/${key.name}`
  return {
    [TRACKING_ID]: id,
    ...(tracking.installationId !== undefined && { [INSTALLATION_ID]: tracking.installationId }),
  }
}

function mark(
  object: KubernetesObject,
  added: { readonly labels?: JsonObject; readonly annotations?: JsonObject },
): KubernetesObject {
  const { labels, annotations } = object.metadata
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(added.labels && { labels: { ...(isJsonObject(labels) ? labels : {}), ...added.labels } }),
      ...(added.annotations && {
        annotations: { ...(isJsonObject(annotations) ? annotations : {}), ...added.annotations },
      }),
    },
  }
}
