import { groupVersion } from '../../kubernetes/object.ts'
import type { App } from '../../model/app.ts'
import type { Capabilities } from '../../model/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import {
  type GroupKind,
  groupKindText,
  type KubernetesObject,
  type ObjectKey,
  objectKeyText,
} from '../../model/object.ts'
import { managedNamespace } from './managed-namespace.ts'
import { unpackObject } from './packed-object.ts'
import { type HeldObject, type HeldRendering, holdObject } from './packed-rendering.ts'
import { addTrackingMark } from './tracking-mark.ts'

/** A desired object and where it goes for one app in one cluster. */
export interface PlacedObject {
  readonly key: ObjectKey
  readonly keyText: string
  readonly held: HeldObject
}

export interface Placement {
  readonly objects: ReadonlyMap<string, PlacedObject>
  /** Hooks and the like: shown by `render`, never compared, and never `extra`. */
  readonly skipped: ReadonlyMap<string, PlacedObject>
  /** Kinds that the app defines itself: while the cluster does not serve them their objects are missing, not unreadable. */
  readonly defined: ReadonlySet<string>
  readonly findings: readonly Failure[]
}

/**
 * Where the objects of a rendering go: namespaced ones without a namespace into the destination's, cluster-scoped ones into none. The
 * scope is the cluster's word; of a kind that it does not serve yet, that of the CRD beside it.
 */
export function placeObjects(rendering: HeldRendering, app: App, capabilities: Capabilities): Placement {
  const defined = new Map(
    rendering.objects.flatMap(({ defines }) =>
      defines === undefined ? [] : [[groupKindText(defines), defines.namespaced] as const],
    ),
  )
  const objects = new Map<string, PlacedObject>()
  const skipped = new Map<string, PlacedObject>()
  const findings: Failure[] = [...rendering.findings]
  for (const held of rendering.objects) {
    const kind: GroupKind = { group: groupVersion(held.apiVersion).group, kind: held.kind }
    const namespaced = capabilities.kind(kind)?.namespaced ?? defined.get(groupKindText(kind)) ?? true
    const key = { ...kind, namespace: namespaced ? held.namespace || app.to.namespace : '', name: held.name }
    const keyText = objectKeyText(key)
    const target = held.action === 'skip' ? skipped : objects
    if (held.action !== 'skip' && objects.has(keyText)) findings.push(duplicate(key, held, app))
    target.set(keyText, { key, keyText, held })
  }
  const namespace = placedNamespace(app)
  // What Git declares itself counts.
  if (namespace !== undefined && !objects.has(namespace.keyText)) objects.set(namespace.keyText, namespace)
  return { objects, skipped, defined: new Set(defined.keys()), findings }
}

function placedNamespace(app: App): PlacedObject | undefined {
  const object = managedNamespace(app)
  if (object === undefined) return undefined
  const key = { group: '', kind: 'Namespace', namespace: '', name: object.metadata.name }
  return { key, keyText: objectKeyText(key), held: { ...holdObject({ object, action: 'apply' }), managed: true } }
}

function duplicate(key: ObjectKey, held: HeldObject, app: App): Failure {
  const name = key.namespace === '' ? key.name : `${key.namespace}/${key.name}`
  return {
    code: 'GDE_RENDER_DUPLICATE',
    app: app.name,
    message: `${groupKindText(key)} ${name} is declared more than once; the last declaration counts`,
    ...(held.file !== undefined && { file: held.file }),
    ...(held.line !== undefined && { line: held.line }),
  }
}

/** The object as the app's controller applies it: in its namespace, with the tracking mark. */
export function appliedObject({ key, held }: PlacedObject, app: App): KubernetesObject {
  const object = unpackObject(held.packed)
  const { namespace: _declared, ...metadata } = object.metadata
  const placed: KubernetesObject = {
    ...object,
    metadata: { ...metadata, name: object.metadata.name, ...(key.namespace !== '' && { namespace: key.namespace }) },
  }
  return held.managed === true ? placed : addTrackingMark(placed, app.tracking, app.to.namespace)
}
