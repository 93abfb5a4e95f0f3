import { fieldsAt, readManagedFields } from '../../kubernetes/managed-fields.ts'
import type { App } from '../../model/apps/app.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { matchesName } from '../../text/star-pattern.ts'
import { RELEASE_NAME } from '../desired/tracking-mark.ts'
import type { InventoryIndex } from '../live/inventory-index.ts'

const KUSTOMIZE_CONTROLLER = 'kustomize-controller'

export interface PruningRecords {
  readonly inventories: InventoryIndex
  /** Keys of what the manifest of the revision before has, where Helm tells. */
  readonly former: ReadonlySet<string>
}

/**
 * Whether the controller deletes the object, which carries the app's mark and is not declared. Marks alone say little: the endpoints
 * controller copies the labels of a Service, operators copy those of their custom resources, and neither Flux nor Helm deletes such.
 */
export function isPrunable(app: App, live: KubernetesObject, keyText: string, records: PruningRecords): boolean {
  const { pruning, id } = app
  switch (pruning?.by) {
    case undefined:
      return true
    case 'inventory':
      if (records.inventories.lists(id, keyText)) return true
      return isAppliedByKustomizeController(app, live) && !records.inventories.listsElsewhere(id, keyText)
    case 'manifest':
      return records.former.has(keyText)
    case 'writer':
      // Helm never deletes what came from crds/, which carries the same marks.
      return live.kind !== 'CustomResourceDefinition' && isWrittenByManagers(app, live)
    default:
      return pruning satisfies never
  }
}

/** Its own Apply entry owns the labels that name the Kustomization. Without managedFields nothing can be told from them. */
function isAppliedByKustomizeController({ tracking }: App, live: KubernetesObject): boolean {
  if (tracking.method !== 'flux') return false
  const labels = [`${tracking.group}/name`, `${tracking.group}/namespace`]
  return (readManagedFields(live) ?? []).some(
    (entry) =>
      entry.manager === KUSTOMIZE_CONTROLLER &&
      entry.operation === 'Apply' &&
      labels.every((label) => fieldsAt(entry, ['metadata', 'labels', label]) !== undefined),
  )
}

function isWrittenByManagers({ policy, tracking }: App, live: KubernetesObject): boolean {
  const mark =
    tracking.method === 'flux'
      ? (['metadata', 'labels', `${tracking.group}/name`] as const)
      : (['metadata', 'annotations', RELEASE_NAME] as const)
  return (readManagedFields(live) ?? []).some(
    (entry) => matchesName(policy.managers, entry.manager) && fieldsAt(entry, mark) !== undefined,
  )
}
