import { isRedacted } from '../kubernetes/redaction.ts'
import type { Cause } from '../model/cause.ts'
import type { Difference, Effect } from '../model/difference.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { ComparePolicy } from '../model/policy.ts'
import { combineCauses } from './combine-causes.ts'
import { isOperationalMark } from './operational-marks.ts'
import { holdsPointer } from './pointer.ts'
import { type RawDifference, rawDifferencePlace, rawDifferencePointer } from './raw-difference.ts'

interface Judging {
  readonly live: KubernetesObject | undefined
  readonly policy: ComparePolicy
  readonly unstable?: readonly string[]
  readonly redactedBySource?: boolean
}

/** Findings as differences: what policy makes of them, which values may be shown, and which side caused those that count. */
export function judgeDifferences(
  rawDifferences: readonly RawDifference[],
  judging: Judging,
): { readonly differences: readonly Difference[]; readonly cause: Cause | undefined } {
  const differences: Difference[] = []
  const causes: Cause[] = []
  for (const rawDifference of rawDifferences) {
    const difference = judge(rawDifference, judging)
    if (difference === undefined) continue
    differences.push(difference)
    if (difference.effect === 'drift') causes.push(rawDifference.cause)
  }
  // By path, so that the order of keys tells nothing.
  if (differences.length > 1) differences.sort(byPath)
  return { differences, cause: combineCauses(causes) }
}

/** Code units: the same order everywhere. */
export function byPath(left: Difference, right: Difference): number {
  if (left.path === right.path) return left.class < right.class ? -1 : 1
  return left.path < right.path ? -1 : 1
}

function judge(
  rawDifference: RawDifference,
  { live, policy, unstable = [], redactedBySource = false }: Judging,
): Difference | undefined {
  const { class: found, desired, live: value, actor } = rawDifference
  const path = rawDifferencePointer(rawDifference)
  const isMark = found === 'added' && isOperationalMark(rawDifference.path)
  if (found === 'added' && policy.added === 'ignore' && !isMark) return undefined
  const isReported = isMark || (found === 'added' && policy.added === 'report')
  const isUnstable = unstable.some((pointer) => holdsPointer(pointer, path) || holdsPointer(path, pointer))
  const effect: Effect = isReported || isUnstable ? 'report' : 'drift'
  const redacted = redactedBySource || isRedacted(desired) || isRedacted(value) || isSecretData(live, rawDifference)
  return {
    path,
    // Places name items by their values.
    ...(!redactedBySource && { place: rawDifferencePlace(rawDifference) }),
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
