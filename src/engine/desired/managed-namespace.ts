import type { App } from '../../model/app.ts'
import type { KubernetesObject, ObjectKey } from '../../model/object.ts'
import { addTrackingMark } from './tracking-mark.ts'

/**
 * What Argo CD makes of the destination's namespace where the Application manages its labels and annotations, and the namespace carries the
 * Application's mark, though Git does not declare it.
 */
export function managedNamespace(
  { namespaceMetadata, to, tracking }: App,
  key: ObjectKey,
): KubernetesObject | undefined {
  if (namespaceMetadata === undefined) return undefined
  if (key.group !== '' || key.kind !== 'Namespace' || key.name !== to.namespace) return undefined
  const { labels, annotations } = namespaceMetadata
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: key.name, labels, annotations } }
  return addTrackingMark(namespace, tracking, to.namespace)
}
