import { isArgoHook, isSkippedByArgo } from '../kubernetes/hooks.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { RenderedObject } from '../model/sources/rendering.ts'

/** Whether Argo CD compares the object: hooks are run at a sync, and what is skipped is not applied. */
export function argoAction(object: KubernetesObject): RenderedObject['action'] {
  return isArgoHook(object) || isSkippedByArgo(object) ? 'skip' : 'apply'
}
