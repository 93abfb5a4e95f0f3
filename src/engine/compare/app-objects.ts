import type { ObjectKey } from '../../model/object.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import { isNoteworthy, type ObjectState, type ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { Baseline } from '../desired/desired-state.ts'
import type { PackedDesired } from '../desired/packed-rendering.ts'
import type { SavedBaseline } from '../state/saved-state.ts'
import { limitObject } from './verdict-limits.ts'

/** One object of one app: declared, or `extra`. Some 100 bytes while it is in sync. */
export interface ObjectRecord {
  readonly key: ObjectKey
  readonly keyText: string
  /** Absent for what the app does not declare. */
  readonly declared: PackedDesired | undefined
  /** `pending` while it is not known what is live, or while a comparison is under way. */
  readonly state: ObjectState | 'pending'
  /** Only where there is something to report. */
  readonly verdict: ObjectVerdict | undefined
  /** Who moved; asked for where it drifted. */
  readonly cause: Cause | undefined
  /** What it was last in sync with. */
  readonly baseline: Baseline | undefined
  /** How often it was judged, so that an answer that took long is known to be late. */
  readonly turn: number
  /** The live object came without managedFields, so what Git does not declare was not judged. */
  readonly ownershipUnknown: boolean
}

/** Whether the object makes its app OutOfSync. */
export function isDrift({ state, verdict }: Pick<ObjectRecord, 'state' | 'verdict'>): boolean {
  return (state === 'changed' || state === 'missing' || state === 'extra') && verdict?.effect !== 'report'
}

/** What was applied last, as far as live objects tell, when `of` was desired; no baseline where nothing tells. */
export interface InferredBaseline {
  readonly of: Baseline
  readonly baseline: Baseline | undefined
}

/** The objects of one app. Written here alone. */
export interface AppObjects {
  /** By the text of their keys. */
  readonly records: ReadonlyMap<string, ObjectRecord>
  /** What objects were last in sync with before the restart, or before the app moved. */
  readonly earlierBaselines: readonly SavedBaseline[]
  /** What the controller says that it applied, once it was asked for. */
  readonly applied: Baseline | undefined
  readonly inferred: InferredBaseline | undefined
  /** The record of an object: the one that is there, or a new one. @param before what it was last in sync with, where nothing was saved */
  open(key: ObjectKey, keyText: string, before: Baseline | undefined): ObjectRecord
  declare(record: ObjectRecord, declared: PackedDesired | undefined): void
  /** The same desired state is that of other commits now. */
  setBaseline(record: ObjectRecord, baseline: Baseline): void
  /** A judgement begins. @returns its turn */
  begin(record: ObjectRecord): number
  /** @param forget what was found before does not hold until the answer is there */
  await(record: ObjectRecord, forget: boolean): void
  /** @param baseline of now, which the object is in sync with if it is */
  conclude(record: ObjectRecord, verdict: ObjectVerdict, baseline: Baseline | undefined): void
  remove(record: ObjectRecord): void
  /** Who moved, by the text of keys. */
  setCauses(causes: ReadonlyMap<string, Cause>): void
  /** What the controller reports changed, so who moved is asked anew. */
  forgetCauses(): void
  setApplied(baseline: Baseline): void
  setInferred(inferred: InferredBaseline): void
  /** All were judged: what was saved before the restart is not needed any more. */
  forgetSaved(): void
  /** The app moved. @param today what is desired now, which may come back after a move */
  reset(today: Baseline | undefined): void
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Others have the readonly face of it: one object an app, whose methods are shared. */
class WrittenObjects implements AppObjects {
  readonly records = new Map<string, Writable<ObjectRecord>>()
  earlierBaselines: readonly SavedBaseline[]
  applied: Baseline | undefined = undefined
  inferred: InferredBaseline | undefined = undefined

  constructor(saved: readonly SavedBaseline[]) {
    this.earlierBaselines = saved
  }

  open(key: ObjectKey, keyText: string, before: Baseline | undefined): ObjectRecord {
    const known = this.records.get(keyText)
    if (known !== undefined) return known
    const baseline = savedBaseline(this.earlierBaselines, keyText) ?? before
    const record: ObjectRecord = {
      key,
      keyText,
      declared: undefined,
      state: 'pending',
      verdict: undefined,
      cause: undefined,
      baseline,
      turn: 0,
      ownershipUnknown: false,
    }
    this.records.set(keyText, record)
    return record
  }

  /** Undefined for a record that was removed meanwhile: it is nobody's. */
  #own(record: ObjectRecord): Writable<ObjectRecord> | undefined {
    const known = this.records.get(record.keyText)
    return known === record ? known : undefined
  }

  declare(record: ObjectRecord, declared: PackedDesired | undefined): void {
    const own = this.#own(record)
    if (own !== undefined) own.declared = declared
  }

  setBaseline(record: ObjectRecord, baseline: Baseline): void {
    const own = this.#own(record)
    if (own !== undefined) own.baseline = baseline
  }

  begin(record: ObjectRecord): number {
    const own = this.#own(record)
    if (own !== undefined) own.turn += 1
    return record.turn
  }

  await(record: ObjectRecord, forget: boolean): void {
    const own = this.#own(record)
    if (own === undefined) return
    own.state = 'pending'
    if (forget) own.verdict = undefined
  }

  conclude(record: ObjectRecord, verdict: ObjectVerdict, baseline: Baseline | undefined): void {
    const own = this.#own(record)
    if (own === undefined) return
    own.state = verdict.state
    own.ownershipUnknown = verdict.ownershipUnknown === true
    own.cause = undefined
    own.verdict = isNoteworthy(verdict) ? limitObject(verdict) : undefined
    if ((verdict.state === 'synced' || verdict.state === 'ignored') && baseline !== undefined) own.baseline = baseline
  }

  remove(record: ObjectRecord): void {
    this.records.delete(record.keyText)
  }

  setCauses(causes: ReadonlyMap<string, Cause>): void {
    for (const [keyText, cause] of causes) {
      const own = this.records.get(keyText)
      if (own !== undefined) own.cause = cause
    }
  }

  forgetCauses(): void {
    for (const record of this.records.values()) record.cause = undefined
  }

  setApplied(baseline: Baseline): void {
    this.applied = baseline
  }

  setInferred(inferred: InferredBaseline): void {
    this.inferred = inferred
  }

  forgetSaved(): void {
    this.earlierBaselines = []
  }

  reset(today: Baseline | undefined): void {
    this.earlierBaselines = savedBaselines(this, today)
    this.records.clear()
  }
}

/** @param saved what objects were last in sync with before the restart */
export function createAppObjects(saved: readonly SavedBaseline[]): AppObjects {
  return new WrittenObjects(saved)
}

function savedBaseline(earlier: readonly SavedBaseline[], keyText: string): Baseline | undefined {
  const baseline = earlier.find(({ objects }) => objects.includes(keyText)) ?? earlier[0]
  // No commits: it was never in sync.
  return baseline?.commits.length === 0 ? undefined : baseline
}

/** Beyond that many objects out of sync with one another, the cause after a restart may be told less precisely. */
const MAX_SAVED_OBJECTS = 500

/**
 * What outlives the process, or a move of the app: the commits of today for all objects, but for those that were last equal to something
 * else, or to nothing yet (no commits).
 */
export function savedBaselines(
  { records, earlierBaselines }: Pick<AppObjects, 'records' | 'earlierBaselines'>,
  today: Baseline | undefined,
): readonly SavedBaseline[] {
  if (today === undefined) return earlierBaselines
  const groups = new Map<string, { readonly commits: readonly string[]; readonly objects: string[] }>()
  let count = 0
  for (const { keyText, baseline } of records.values()) {
    if (baseline === today || count >= MAX_SAVED_OBJECTS) continue
    const commits = baseline?.commits ?? []
    const group = groups.get(commits.join()) ?? { commits, objects: [] }
    groups.set(commits.join(), group)
    group.objects.push(keyText)
    count += 1
  }
  return [{ commits: today.commits, objects: [] }, ...groups.values()]
}
