import { groupVersion } from '../../kubernetes/object.ts'
import type { App } from '../../model/apps/app.ts'
import type { Capabilities } from '../../model/clusters/cluster.ts'
import { CodedError, type Failure } from '../../model/failure.ts'
import {
  type GroupKind,
  groupKindText,
  type KubernetesObject,
  type ObjectKey,
  objectKeyText,
} from '../../model/object.ts'
import type { ReleaseComparison } from '../../model/sources/rendering.ts'
import { managedNamespace } from './managed-namespace.ts'
import { unpackShared } from './packed-object.ts'
import { type PackedDesired, type PackedRendering, packDesired } from './packed-rendering.ts'
import { addTrackingMark, markFault } from './tracking-mark.ts'

/** A desired object with its namespace and scope for one app in one cluster. */
export interface DesiredObject {
  readonly key: ObjectKey
  readonly keyText: string
  readonly declared: PackedDesired
}

export interface ResolvedObjects {
  readonly objects: ReadonlyMap<string, DesiredObject>
  /** Hooks and the like: `render` shows them, but they are never compared, and never `extra`. */
  readonly skipped: ReadonlyMap<string, DesiredObject>
  /**
   * Kinds that the app defines itself: their objects are missing, not unknown, while the cluster does not serve the
   * kind.
   */
  readonly defined: ReadonlySet<string>
  /** Keys of what the release before had, as far as it is not declared. */
  readonly former: ReadonlySet<string>
  readonly formerKinds: readonly GroupKind[]
  readonly warnings: readonly Failure[]
}

/**
 * Gives each object of a rendering its namespace: its own, else the destination's; none for cluster-scoped objects. The
 * cluster's discovery decides about the scope; for a kind that it does not serve yet, the CRD in the same rendering
 * does.
 */
export function resolveObjects(rendering: PackedRendering, app: App, capabilities: Capabilities): ResolvedObjects {
  const defined = new Map(
    rendering.objects.flatMap(({ defines }) =>
      defines === undefined ? [] : [[groupKindText(defines), defines.namespaced] as const],
    ),
  )
  const objects = new Map<string, DesiredObject>()
  const skipped = new Map<string, DesiredObject>()
  const warnings: Failure[] = [...rendering.warnings]
  const placed = (kind: GroupKind, { namespace, name }: Pick<ObjectKey, 'namespace' | 'name'>): ObjectKey => {
    const served = capabilities.kind(kind)
    const known = served?.scopeUnknown === true ? undefined : served?.namespaced
    const namespaced = known ?? defined.get(groupKindText(kind))
    const placedIn = namespaced === undefined && served !== undefined ? namespace : namespace || app.to.namespace
    return { group: kind.group, kind: kind.kind, namespace: namespaced === false ? '' : placedIn, name }
  }
  for (const declared of rendering.objects) {
    const kind: GroupKind = { group: groupVersion(declared.apiVersion).group, kind: declared.kind }
    const key = placed(kind, declared)
    const keyText = objectKeyText(key)
    const target = declared.action === 'skip' ? skipped : objects
    if (declared.action !== 'skip' && objects.has(keyText)) warnings.push(duplicate(key, declared, app))
    target.set(keyText, { key, keyText, declared })
  }
  const namespace = placedNamespace(app)
  // What Git declares itself counts.
  if (namespace !== undefined && !objects.has(namespace.keyText)) objects.set(namespace.keyText, namespace)
  const release = comparedRelease(rendering.release)
  if (release !== undefined) objects.set(release.keyText, release)
  const former = rendering.former
    .map((object) => placed(object, object))
    .filter((key) => !objects.has(objectKeyText(key)))
  return {
    objects,
    skipped,
    defined: new Set(defined.keys()),
    former: new Set(former.map(objectKeyText)),
    formerKinds: former,
    warnings,
  }
}

/** Only where there is something to tell: the HelmRelease is none of the objects that it makes. */
function comparedRelease(compared: ReleaseComparison | undefined): DesiredObject | undefined {
  if (compared === undefined || (compared.differences.length === 0 && compared.unknown === undefined)) return undefined
  const { name, namespace } = compared
  const key = { group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease', namespace, name }
  const object = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: key.kind, metadata: { name, namespace } }
  return { key, keyText: objectKeyText(key), declared: { ...packDesired({ object, action: 'apply' }), compared } }
}

function placedNamespace(app: App): DesiredObject | undefined {
  const object = managedNamespace(app)
  if (object === undefined) return undefined
  const key = { group: '', kind: 'Namespace', namespace: '', name: object.metadata.name }
  return { key, keyText: objectKeyText(key), declared: { ...packDesired({ object, action: 'apply' }), managed: true } }
}

function duplicate(key: ObjectKey, declared: PackedDesired, app: App): Failure {
  const name = key.namespace === '' ? key.name : `${key.namespace}/${key.name}`
  return {
    code: 'GDE_RENDER_DUPLICATE',
    app: app.name,
    message: `${groupKindText(key)} ${name} is declared more than once; the last declaration counts`,
    ...(declared.file !== undefined && { file: declared.file }),
    ...(declared.line !== undefined && { line: declared.line }),
  }
}

/**
 * Hooks are marked as all else is.
 * @throws CodedError `GDE_RENDER_OBJECT` naming the first object that the app's controller cannot mark: then it applies nothing of the app
 */
export function requireMarkable({ objects }: PackedRendering, { tracking }: App): void {
  for (const { kind, name, file, line, markFaults } of objects) {
    const fault = markFault(markFaults, tracking)
    if (fault === undefined) continue
    const where = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) }
    throw new CodedError('GDE_RENDER_OBJECT', `${kind} ${name}: ${fault}`, where)
  }
}

/** The object as the app's controller applies it: in its namespace, with the tracking metadata. */
export function appliedObject({ key, declared }: DesiredObject, app: App): KubernetesObject {
  const object = unpackShared(declared.packed)
  const { namespace: _declared, ...metadata } = object.metadata
  const placed: KubernetesObject = {
    ...object,
    metadata: { ...metadata, name: object.metadata.name, ...(key.namespace !== '' && { namespace: key.namespace }) },
  }
  return declared.managed === true ? placed : addTrackingMark(placed, app.tracking, app.to.namespace)
}
