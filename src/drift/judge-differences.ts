import { isRedacted } from '../kubernetes/redaction.ts'
import type { Cause } from '../model/cause.ts'
import type { Difference, Effect } from '../model/difference.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { ComparePolicy } from '../model/policy.ts'
import { combineCauses } from './combine-causes.ts'
import { isOperationalMetadata } from './operational-metadata.ts'
import { holdsPointer } from './pointer.ts'
import { type RawDifference, rawDifferencePlace, rawDifferencePointer } from './raw-difference.ts'

interface JudgeContext {
  readonly live: KubernetesObject | undefined
  readonly policy: ComparePolicy
  readonly unstable?: readonly string[]
  readonly redactedBySource?: boolean
}

/**
 * Applies the policy to raw differences: their effect, whether values may be shown, and which side caused those that
 * are drift.
 */
export function judgeDifferences(
  rawDifferences: readonly RawDifference[],
  context: JudgeContext,
): { readonly differences: readonly Difference[]; readonly cause: Cause | undefined } {
  const differences: Difference[] = []
  const causes: Cause[] = []
  for (const rawDifference of rawDifferences) {
    const difference = judge(rawDifference, context)
    if (difference === undefined) continue
    differences.push(difference)
    if (difference.effect === 'drift') causes.push(rawDifference.cause)
  }
  // Sorted by path, so that the result does not depend on the order of keys.
  if (differences.length > 1) differences.sort(byPath)
  return { differences, cause: combineCauses(causes) }
}

/** Compares code units, so that the order does not depend on the locale. */
export function byPath(left: Difference, right: Difference): number {
  if (left.path === right.path) return left.class < right.class ? -1 : 1
  return left.path < right.path ? -1 : 1
}

function judge(
  rawDifference: RawDifference,
  { live, policy, unstable = [], redactedBySource = false }: JudgeContext,
): Difference | undefined {
  const { class: found, desired, live: value, actor } = rawDifference
  const path = rawDifferencePointer(rawDifference)
  const isOperational = found === 'added' && isOperationalMetadata(rawDifference.path)
  if (found === 'added' && policy.added === 'ignore' && !isOperational) return undefined
  const isReported = isOperational || (found === 'added' && policy.added === 'report')
  const isUnstable = unstable.some((pointer) => holdsPointer(pointer, path) || holdsPointer(path, pointer))
  const effect: Effect = isReported || isUnstable ? 'report' : 'drift'
  const redacted = redactedBySource || isRedacted(desired) || isRedacted(value) || isSecretData(live, rawDifference)
  return {
    path,
    // Places name items by their values.
    ...(!redactedBySource && { displayPath: rawDifferencePlace(rawDifference) }),
    class: found,
    effect,
    ...(desired !== undefined && !redactedBySource && { desired }),
    ...(value !== undefined && !redactedBySource && { live: value }),
    ...(actor !== undefined && { actor }),
    ...(redacted && { redacted: true as const }),
  }
}

function isSecretData(live: KubernetesObject | undefined, { path }: RawDifference): boolean {
  return live?.kind === 'Secret' && live.apiVersion === 'v1' && (path[0] === 'data' || path[0] === 'stringData')
}
