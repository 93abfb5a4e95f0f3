import type { Failure } from '../../model/failure.ts'
import type { AppId } from '../../model/identity.ts'
import { groupKindText } from '../../model/object.ts'
import type { AppState } from '../app-state.ts'
import type { ClusterState } from '../live/cluster-state.ts'

/**
 * What is worth reporting and changes no status.
 * @param furtherReasons why objects are unknown, as far as the verdict does not say it
 */
export function warningsOf(
  appState: AppState,
  cluster: ClusterState | undefined,
  furtherReasons: readonly Failure[],
  nameOf: (id: AppId) => string,
): Failure[] {
  const warnings: Failure[] = [...(appState.desired.current?.resolved.warnings ?? []), ...furtherReasons]
  if (cluster === undefined) return warnings
  const declaredKinds = new Set<string>()
  let unowned = 0
  let pruned = 0
  let labelled = 0
  for (const { key, keyText, declared, ownershipUnknown, verdict, state } of appState.objects.records.values()) {
    if (declared === undefined) {
      if (state === 'extra' && appState.app.tracking.method === 'label') labelled += 1
      continue
    }
    declaredKinds.add(groupKindText(key))
    if (ownershipUnknown) unowned += 1
    if (verdict?.invalidFields !== undefined) pruned += 1
    for (const other of cluster.appsDeclaring(key, keyText)) {
      if (other === appState.id) continue
      const object = `${groupKindText(key)} ${key.namespace === '' ? '' : `${key.namespace}/`}${key.name}`
      warnings.push({ code: 'GDE_RENDER_DUPLICATE', message: `${object} is declared by ${nameOf(other)} too` })
    }
  }
  if (unowned > 0) warnings.push(unjudged(unowned))
  if (pruned > 0) warnings.push(invalid(pruned))
  if (labelled > 0) warnings.push(byLabelAlone(labelled))
  for (const [text, kind] of appState.desired.kinds) {
    const reason = declaredKinds.has(text) ? undefined : cluster.kindFailure(kind)
    if (reason === undefined || reason.code === 'GDE_CLUSTER_KIND' || reason.code === 'GDE_SNAPSHOT_KIND') continue
    warnings.push({ ...reason, message: `objects that Git no longer has cannot be looked for: ${reason.message}` })
  }
  return warnings.slice(0, MAX_WARNINGS)
}

function unjudged(count: number): Failure {
  return {
    code: 'GDE_OWNERSHIP_UNKNOWN',
    message: `${count === 1 ? 'a live object' : `${count} live objects`} came without managedFields, or without those of what Git declares: what was added by hand or removed from Git is not judged`,
  }
}

/** Argo CD takes a copied label for its own, so what it says here is no mistake of ours, and may be one of the copier. */
function byLabelAlone(count: number): Failure {
  const objects = count === 1 ? 'an extra object names' : `${count} extra objects name`
  return {
    code: 'GDE_TRACKED_BY_LABEL',
    message: `${objects} the app by its label alone, which others copy: Argo CD would prune them; tracking by annotation tells copies apart`,
  }
}

function invalid(count: number): Failure {
  const objects = count === 1 ? 'an object declares' : `${count} objects declare`
  return { code: 'GDE_COMPARE_FIELDS', message: `${objects} fields that the server does not know, and drops` }
}

const MAX_WARNINGS = 50
