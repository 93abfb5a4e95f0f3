import { combineCauses } from '../../drift/combine-causes.ts'
import type { Failure } from '../../model/failure.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import type { DifferenceClass, ObjectState } from '../../model/verdicts/difference.ts'
import type { Outcome, Verdict } from '../../model/verdicts/verdict.ts'
import { isDrift, type ObjectRecord } from '../compare/app-objects.ts'

export type ObjectCounts = Verdict['objectCounts']
export type DifferenceCounts = Verdict['differenceCounts']

/** Objects may each fail in their own words. */
const MAX_REASONS = 20

/** The objects of an app, counted by state. */
export interface Aggregate {
  readonly objects: ObjectCounts
  readonly differences: DifferenceCounts
  readonly pending: number
  /** How many make the app OutOfSync. */
  readonly drifted: number
  /** Why objects are unknown, each reason once, in the order in which the objects are declared. */
  readonly unknown: readonly Failure[]
}

/** @param reasonOf why a pending object cannot be known now; undefined while it is waited for */
export function aggregate(
  records: Iterable<ObjectRecord>,
  reasonOf: (record: ObjectRecord) => Failure | undefined,
): Aggregate {
  const objects: Record<ObjectState, number> = noObjects()
  const differences: Record<DifferenceClass, number> = noDifferences()
  let pending = 0
  let drifted = 0
  const reasons = new Map<string, Failure>()
  for (const record of records) {
    const reason = record.state === 'pending' ? reasonOf(record) : record.verdict?.reason
    const state = record.state === 'pending' && reason !== undefined ? 'unknown' : record.state
    if (state === 'pending') {
      pending += 1
      continue
    }
    objects[state] += 1
    if (isDrift(record)) drifted += 1
    if (state === 'unknown' && reason !== undefined && reasons.size < MAX_REASONS) {
      const text = `${reason.code} ${reason.message} ${reason.file ?? ''}:${reason.line ?? ''}`
      if (!reasons.has(text)) reasons.set(text, reason)
    }
    for (const difference of record.verdict?.differences ?? [])
      if (difference.effect === 'drift') differences[difference.class] += 1
  }
  return { objects, differences, pending, drifted, unknown: [...reasons.values()] }
}

/**
 * DESIGN's rule for an app: drift makes it OutOfSync even if other objects are unknown; else any unknown object makes it Unknown;
 * `skipped`, `ignored` and `report` never count.
 * @param causeOf who moved, of what drifted
 */
export function outcomeOf(
  { drifted, unknown: [reason] }: Aggregate,
  records: Iterable<ObjectRecord>,
  causeOf: (record: ObjectRecord) => Cause | undefined,
): Outcome {
  if (drifted > 0) return { status: 'OutOfSync', cause: causeOfAll(records, causeOf) }
  return reason === undefined ? { status: 'Synced' } : { status: 'Unknown', reason }
}

function causeOfAll(records: Iterable<ObjectRecord>, causeOf: (record: ObjectRecord) => Cause | undefined): Cause {
  const causes: Cause[] = []
  for (const record of records) {
    const cause = isDrift(record) ? causeOf(record) : undefined
    if (cause !== undefined) causes.push(cause)
  }
  return combineCauses(causes) ?? 'live'
}

export function noObjects(): Record<ObjectState, number> {
  return { synced: 0, changed: 0, missing: 0, extra: 0, unknown: 0, ignored: 0, skipped: 0 }
}

export function noDifferences(): Record<DifferenceClass, number> {
  return { changed: 0, missing: 0, removed: 0, added: 0 }
}
