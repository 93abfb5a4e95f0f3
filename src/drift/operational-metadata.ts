import type { PathStep } from '../kubernetes/managed-fields.ts'

/**
 * Labels and annotations that tools write when people operate a cluster, not when they change what runs. Shown, but no
 * drift; docs/comparing.md lists them.
 */
export const OPERATIONAL_METADATA: readonly string[] = [
  'kubectl.kubernetes.io/restartedAt',
  'kubectl.kubernetes.io/default-container',
  'kubernetes.io/change-cause',
  'reconcile.fluxcd.io/requestedAt',
  'reconcile.fluxcd.io/forceAt',
  'reconcile.fluxcd.io/resetAt',
  'argocd.argoproj.io/refresh',
  'argocd.argoproj.io/hydrate',
  'argoproj.io/restart',
  'rollout.argoproj.io/revision',
  'cattle.io/timestamp',
  'field.cattle.io/publicEndpoints',
]

/** Whether the path ends at such a label or annotation, of the object or of a template in it. */
export function isOperationalMetadata(path: readonly PathStep[]): boolean {
  const holder = path.at(-2)
  const key = path.at(-1)
  return (
    (holder === 'annotations' || holder === 'labels') && typeof key === 'string' && OPERATIONAL_METADATA.includes(key)
  )
}
