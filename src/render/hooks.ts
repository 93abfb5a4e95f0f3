import type { KubernetesObject } from '../model/object.ts'
import type { RenderedObject } from '../model/rendering.ts'

const ARGO_HOOK = 'argocd.argoproj.io/hook'
const HELM_HOOK = 'helm.sh/hook'

/**
 * Whether Argo CD compares the object (gitops-engine's hook packages): objects with a hook annotation of its own or of Helm are
 * run at a sync, or skipped, and are no part of the app. Helm 2's `crd-install` is an object like any other.
 */
export function argoAction(object: KubernetesObject): RenderedObject['action'] {
  const annotations = object.metadata.annotations
  if (typeof annotations !== 'object' || annotations === null || Array.isArray(annotations)) return 'apply'
  if (Object.hasOwn(annotations, ARGO_HOOK)) return 'skip'
  if (!Object.hasOwn(annotations, HELM_HOOK)) return 'apply'
  return Reflect.get(annotations, HELM_HOOK) === 'crd-install' ? 'apply' : 'skip'
}
