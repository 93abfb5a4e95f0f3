import type { Difference, ObjectState, ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { ObjectRecord } from './app-objects.ts'

/** What a record says at one time: records change. */
export type JudgedObject = Pick<ObjectRecord, 'state' | 'verdict' | 'ownershipUnknown'>

/** Nobody can act on their values; of the others, which may come and go, each is looked at. */
const LASTING: ReadonlySet<ObjectState | 'pending'> = new Set(['synced', 'changed', 'extra', 'ignored', 'skipped'])

export function judgedOf({ state, verdict, ownershipUnknown }: ObjectRecord): JudgedObject {
  return { state, verdict, ownershipUnknown }
}

/**
 * How much of what was found is new: `news` where the state, a field that differs, or the hand behind it is another; `rewritten` where the
 * same hand wrote the same fields again, in another second; `same` where no more than values are.
 */
export type Novelty = 'news' | 'rewritten' | 'same'

export function noveltyOf(before: JudgedObject, after: JudgedObject): Novelty {
  if (!LASTING.has(after.state) || before.state !== after.state || before.ownershipUnknown !== after.ownershipUnknown)
    return 'news'
  if (!isSameVerdict(before.verdict, after.verdict)) return 'news'
  return timesOf(before) === timesOf(after) ? 'same' : 'rewritten'
}

function timesOf({ verdict }: JudgedObject): string | undefined {
  return verdict?.differences.map(({ actor }) => actor?.time).join()
}

function isSameVerdict(before: ObjectVerdict | undefined, after: ObjectVerdict | undefined): boolean {
  if (before === undefined || after === undefined) return before === after
  return (
    before.effect === after.effect &&
    before.cause === after.cause &&
    before.reason?.code === after.reason?.code &&
    before.invalidFields?.join() === after.invalidFields?.join() &&
    before.differences.length === after.differences.length &&
    before.differences.every((difference, place) => isSameDifference(difference, after.differences[place]))
  )
}

function isSameDifference(before: Difference, after: Difference | undefined): boolean {
  return (
    after !== undefined &&
    before.path === after.path &&
    before.class === after.class &&
    before.effect === after.effect &&
    before.unattributed === after.unattributed &&
    before.redacted === after.redacted &&
    before.withheld === after.withheld &&
    before.actor?.manager === after.actor?.manager &&
    before.actor?.operation === after.actor?.operation &&
    before.actor?.subresource === after.actor?.subresource &&
    before.actor?.user === after.actor?.user
  )
}
