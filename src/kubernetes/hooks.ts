import { isJsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'

const ARGO_HOOK = 'argocd.argoproj.io/hook'
const HELM_HOOK = 'helm.sh/hook'
/** Argo CD's word for an object that is not applied at all, which makes it no hook. */
const SKIP = 'Skip'

/**
 * Whether Argo CD runs the object at a sync instead of comparing it (`IsHook` of its gitops-engine): Helm's annotation counts
 * where its own is not there. Helm 2's `crd-install` is an object like any other, and so is what is only skipped.
 */
export function isArgoHook(object: KubernetesObject): boolean {
  const own = annotation(object, ARGO_HOOK)
  const helm = annotation(object, HELM_HOOK)
  if (own === undefined) return helm !== undefined && helm !== 'crd-install'
  return !(typeof own === 'string' && isOnlySkip(own))
}

/** An object with `argocd.argoproj.io/hook: Skip`: Argo CD leaves it alone where Git declares it. */
export function isSkippedByArgo(object: KubernetesObject): boolean {
  const own = annotation(object, ARGO_HOOK)
  return typeof own === 'string' && isOnlySkip(own)
}

/** Whether Helm runs the object instead of keeping it in the release's manifest; helm-controller does as Helm does. */
export function isHelmHook(object: KubernetesObject): boolean {
  return annotation(object, HELM_HOOK) !== undefined
}

/** Words that are no phase do not count beside it. */
function isOnlySkip(hook: string): boolean {
  const words = hook.split(',').map((word) => word.trim())
  return words.includes(SKIP) && !words.some((word) => SYNC_PHASES.has(word))
}

const SYNC_PHASES: ReadonlySet<string> = new Set(['PreSync', 'Sync', 'PostSync', 'SyncFail'])

function annotation({ metadata: { annotations } }: KubernetesObject, name: string): unknown {
  return isJsonObject(annotations) && Object.hasOwn(annotations, name) ? annotations[name] : undefined
}
