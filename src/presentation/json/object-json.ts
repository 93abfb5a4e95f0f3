import type { JsonObject } from '../../model/json.ts'
import type { Difference, ObjectVerdict } from '../../model/verdicts/difference.ts'
import { UNATTRIBUTED, withheldReason } from '../difference-text.ts'

/**
 * One object with its differences, as `diff` and `check` print it. Values of Secrets are left out: `redacted` says so,
 * and for one release `sealed`, its name before.
 */
export function objectJson(verdict: ObjectVerdict): JsonObject {
  const { key, state, effect, differences, reason, invalidFields, ownershipUnknown } = verdict
  return {
    group: key.group,
    kind: key.kind,
    namespace: key.namespace,
    name: key.name,
    state,
    ...(effect !== undefined && { effect }),
    differences: differences.map(differenceJson),
    ...(reason !== undefined && { reason: reason.code, message: reason.message }),
    ...(invalidFields !== undefined && invalidFields.length > 0 && { invalidFields }),
    ...(ownershipUnknown === true && { ownershipUnknown }),
  }
}

function differenceJson(difference: Difference): JsonObject {
  const { path, class: kind, effect, desired, live, actor, unattributed, redacted } = difference
  const values = { ...(desired !== undefined && { desired }), ...(live !== undefined && { live }) }
  return {
    path,
    class: kind,
    effect,
    ...(redacted === true ? { redacted, sealed: true, withheld: withheldReason(difference) } : values),
    ...(actor !== undefined && { actor: { ...actor } }),
    ...(unattributed !== undefined && { reason: UNATTRIBUTED[unattributed] }),
  }
}
