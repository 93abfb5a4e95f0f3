import type { App } from '../../model/apps/app.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { addTrackingMark } from './tracking-mark.ts'

const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options'

/**
 * The destination's namespace as Argo CD applies it where the Application manages its labels and annotations (`syncNamespace`): server-side,
 * which an annotation asks for, and without a tracking mark.
 */
export function managedNamespace({ namespaceMetadata, to }: App): KubernetesObject | undefined {
  if (namespaceMetadata === undefined || to.namespace === '') return undefined
  const { labels, annotations } = namespaceMetadata
  const metadata = {
    name: to.namespace,
    labels,
    annotations: { ...annotations, [SYNC_OPTIONS]: 'ServerSideApply=true' },
  }
  return { apiVersion: 'v1', kind: 'Namespace', metadata }
}

/**
 * The two sides of a managed namespace as they are compared. How Argo CD syncs it is its own affair, and a mark that an earlier version of it
 * left there is no difference.
 */
export function comparedNamespace(
  desired: KubernetesObject,
  live: KubernetesObject,
  app: App,
  isMarked: boolean,
): { readonly desired: KubernetesObject; readonly live: KubernetesObject } {
  const marked = isMarked ? addTrackingMark(desired, app.tracking, app.to.namespace) : desired
  return { desired: withoutSyncOptions(marked), live: withoutSyncOptions(live) }
}

function withoutSyncOptions(object: KubernetesObject): KubernetesObject {
  const { annotations } = object.metadata
  if (!isJsonObject(annotations)) return object
  const { [SYNC_OPTIONS]: _options, ...others } = annotations
  return { ...object, metadata: { ...object.metadata, annotations: others } }
}
