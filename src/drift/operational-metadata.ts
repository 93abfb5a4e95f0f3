import { parsePointer } from '../kubernetes/json-pointer.ts'
import type { PathStep } from '../kubernetes/managed-fields.ts'
import { groupVersion } from '../kubernetes/object.ts'
import type { OperationalMark } from '../model/apps/policy.ts'
import type { KubernetesObject } from '../model/object.ts'
import { matchesPattern } from '../text/star-pattern.ts'

/**
 * What tools write while people operate a cluster, not while they change what runs: when something was restarted, refreshed or
 * restored. Shown, and no drift; docs/comparing.md lists them, and `comparing.operationalMarks` adds others.
 */
export const OPERATIONAL_METADATA: readonly OperationalMark[] = [
  { key: 'kubectl.kubernetes.io/restartedAt' },
  { key: 'kubectl.kubernetes.io/default-container' },
  { key: 'kubernetes.io/change-cause' },
  { key: 'reconcile.fluxcd.io/requestedAt' },
  { key: 'reconcile.fluxcd.io/forceAt' },
  { key: 'reconcile.fluxcd.io/resetAt' },
  { key: 'argocd.argoproj.io/refresh' },
  { key: 'argocd.argoproj.io/hydrate' },
  { key: 'argocd.argoproj.io/application-set-refresh' },
  { key: 'argoproj.io/restart' },
  { key: 'rollout.argoproj.io/revision' },
  { key: 'cattle.io/timestamp' },
  { key: 'field.cattle.io/publicEndpoints' },
  { key: 'cluster.x-k8s.io/restartedAt' },
  // Restored objects carry these, whoever applied them before.
  { key: 'velero.io/backup-name' },
  { key: 'velero.io/restore-name' },
  // `kubectl argo rollouts restart`, and the action of that name on Argo CD's page.
  { group: 'argoproj.io', kind: 'Rollout', path: '/spec/restartAt' },
  // `clusterctl alpha rollout restart`, by the version of the API.
  { group: '*cluster.x-k8s.io', path: '/spec/rolloutAfter' },
  { group: '*cluster.x-k8s.io', path: '/spec/rollout/after' },
  // Any new value makes the operator read its store again.
  { group: 'external-secrets.io', key: 'force-sync' },
  { group: 'external-secrets.io', key: 'external-secrets.io/force-sync' },
  // What people set to have a certificate issued anew.
  { group: 'cert-manager.io', kind: 'Certificate', key: 'cert-manager.io/force-renew*' },
  { group: 'cert-manager.io', kind: 'Certificate', key: 'cert-manager.io/issue-temporary-certificate' },
  { group: 'postgresql.cnpg.io', kind: 'Cluster', key: 'cnpg.io/reloadedAt' },
  { group: '*strimzi.io', key: 'strimzi.io/manual-rolling-update' },
]

/** Whether the path is that of such a mark, or of something inside one. */
export function isOperationalMetadata(
  path: readonly PathStep[],
  object: KubernetesObject,
  marks: readonly OperationalMark[],
): boolean {
  const matches = (mark: OperationalMark) => isOfKind(mark, object) && isAt(mark, path)
  return OPERATIONAL_METADATA.some(matches) || marks.some(matches)
}

function isOfKind({ group, kind }: OperationalMark, object: KubernetesObject): boolean {
  return (
    (group === undefined || matchesPattern(group, groupVersion(object.apiVersion).group)) &&
    (kind === undefined || matchesPattern(kind, object.kind))
  )
}

function isAt(mark: OperationalMark, path: readonly PathStep[]): boolean {
  if ('path' in mark) {
    const steps = parsePointer(mark.path)
    return steps !== undefined && steps.length <= path.length && steps.every((step, index) => isStep(step, path[index]))
  }
  const holder = path.at(-2)
  const key = path.at(-1)
  return (holder === 'annotations' || holder === 'labels') && typeof key === 'string' && matchesPattern(mark.key, key)
}

function isStep(pattern: string, step: PathStep | undefined): boolean {
  if (pattern === '*') return step !== undefined
  return typeof step === 'object' ? pattern === String(step.live) : pattern === step
}
