import { redactPointers } from '../../kubernetes/redact-pointers.ts'
import type { RedactionKey } from '../../kubernetes/redaction.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { PackedDesired } from './packed-rendering.ts'

/**
 * Either side of a comparison with the values redacted that were encrypted in Git, so that they are compared without anybody knowing
 * them.
 */
export function redactedAlike(
  object: KubernetesObject,
  { redacted }: Pick<PackedDesired, 'redacted'>,
  key: RedactionKey,
): KubernetesObject {
  return redacted === undefined ? object : redactPointers(object, redacted, key, 'all')
}
