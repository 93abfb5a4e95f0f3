import { escapeToken } from '../kubernetes/json-pointer.ts'
import { isRedacted } from '../kubernetes/redaction.ts'
import type { ComparePolicy } from '../model/apps/policy.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { Cause } from '../model/verdicts/cause.ts'
import type { Difference, Effect } from '../model/verdicts/difference.ts'
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

/** Raw differences as differences: what policy makes of them, which values may be shown, and which side caused those that count. */
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
  const { class: found, desired, live: value, actor, unattributed } = rawDifference
  const path = rawDifferencePointer(rawDifference)
  const wanted = found === 'added' ? effectOfAdded(rawDifference, live, policy) : 'drift'
  if (wanted === 'ignore') return undefined
  const effect: Effect = isUnstable(rawDifference, unstable) ? 'report' : wanted
  // A mark of a Secret may be a copy of a value.
  const isLeftOut = redactedBySource || isMarkOfSecret(live, rawDifference)
  const redacted = isLeftOut || isRedacted(desired) || isRedacted(value) || isSecretData(live, rawDifference)
  return {
    path,
    // Places name items by their values.
    ...(!redactedBySource && { displayPath: rawDifferencePlace(rawDifference) }),
    class: found,
    effect,
    ...(desired !== undefined && !isLeftOut && { desired }),
    ...(value !== undefined && !isLeftOut && { live: value }),
    ...(actor !== undefined && { actor }),
    ...(unattributed !== undefined && { unattributed }),
    ...(redacted && { redacted: true as const }),
  }
}

/** What nobody can tell the writer of is shown, and neither counts nor goes unsaid. */
function effectOfAdded(
  { path, actor, unattributed }: RawDifference,
  live: KubernetesObject | undefined,
  policy: ComparePolicy,
): ComparePolicy['added'] {
  if (live !== undefined && isOperationalMetadata(path, live, policy.operationalMarks)) return 'report'
  if (actor !== undefined) return policy.added
  return unattributed === 'nobody' ? policy.addedByNobody : 'report'
}

/**
 * Whether the declared value is not known: it is at the path or around it, or it is what names the item that is missing there or that is
 * live instead.
 */
function isUnstable(rawDifference: RawDifference, unstable: readonly string[]): boolean {
  if (unstable.length === 0) return false
  const pointer = rawDifferencePointer(rawDifference)
  if (unstable.some((one) => holdsPointer(one, pointer))) return true
  const { class: found, path } = rawDifference
  const step = path.at(-1)
  if (typeof step !== 'object' || step.list.list === 'atomic' || found === 'changed') return false
  const list = rawDifferencePointer({ class: found, path: path.slice(0, -1) })
  return unstable.some((one) => {
    const [index, ...below] = holdsPointer(list, one) ? one.slice(list.length + 1).split('/') : []
    if (index === undefined || (found === 'missing' && index !== String(step.desired))) return false
    return below.length === 0 || step.list.keys.some(({ name }) => escapeToken(name) === below.join('/'))
  })
}

function isSecretData(live: KubernetesObject | undefined, { path }: RawDifference): boolean {
  return isSecret(live) && (path[0] === 'data' || path[0] === 'stringData')
}

/** A label or an annotation, or all of them. */
function isMarkOfSecret(live: KubernetesObject | undefined, { path }: RawDifference): boolean {
  const isMark = path.length === 1 || path[1] === 'annotations' || path[1] === 'labels'
  return isSecret(live) && path[0] === 'metadata' && isMark
}

function isSecret(live: KubernetesObject | undefined): boolean {
  return live?.kind === 'Secret' && live.apiVersion === 'v1'
}
