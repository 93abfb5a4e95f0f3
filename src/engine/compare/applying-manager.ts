import type { ComparePolicy } from '../../model/apps/policy.ts'
import type { Controller } from '../../model/identity.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { matchesName } from '../../text/star-pattern.ts'

const USUAL: Readonly<Record<Controller, string>> = {
  argocd: 'argocd-controller',
  flux: 'kustomize-controller',
  helm: 'helm',
  static: 'kubectl',
}

/**
 * The field manager of the controller's apply: a dry run under another one would not remove the fields that the
 * controller would remove. It is the one that applied the object before, else the first name of the policy that is no
 * pattern.
 */
export function applyingManager(live: KubernetesObject, policy: ComparePolicy, controller: Controller): string {
  const { managedFields } = live.metadata
  for (const entry of Array.isArray(managedFields) ? managedFields : []) {
    if (!isJsonObject(entry) || entry.operation !== 'Apply' || typeof entry.manager !== 'string') continue
    if (matchesName(policy.managers, entry.manager)) return entry.manager
  }
  return policy.managers.find((name) => !name.includes('*')) ?? USUAL[controller]
}
