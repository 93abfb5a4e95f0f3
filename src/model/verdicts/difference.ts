import type { Failure } from '../failure.ts'
import type { Json } from '../json.ts'
import type { ObjectKey } from '../object.ts'
import type { Cause } from './cause.ts'

/**
 * `changed`: declared, other value live. `missing`: declared, absent live. `removed`: applied from Git once, gone from
 * Git, still live. `added`: never in Git, written by a person's tool or by nobody that is recorded.
 */
export type DifferenceClass = 'changed' | 'missing' | 'removed' | 'added'
export const DIFFERENCE_CLASSES = [
  'changed',
  'missing',
  'removed',
  'added',
] as const satisfies readonly DifferenceClass[]

/** Only `drift` makes an app OutOfSync; `report` is shown. */
export type Effect = 'drift' | 'report'

/** Who wrote the live value, according to managedFields. */
export interface Actor {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly subresource?: string
  /** RFC 3339. */
  readonly time?: string
  /** From audit events, when there are any. */
  readonly user?: string
}

/**
 * Why no writer is named. `nobody`: no manager owns the field, as it is with what admission fills in. `forgotten`: the server merged the
 * record of who wrote it with others. `untracked`: the object has no managedFields, and writes to it are not recorded.
 */
export type Unattributed = 'nobody' | 'forgotten' | 'untracked'

export interface Difference {
  /** JSON pointer: into the desired object for `changed` and `missing`, into the live one for `removed` and `added`. */
  readonly path: string
  /** The steps of `path` for display: items of keyed lists by their keys, `[name=web]`. */
  readonly displayPath?: readonly string[]
  readonly class: DifferenceClass
  readonly effect: Effect
  /** Absent where desired has nothing at `path`. */
  readonly desired?: Json
  /** Absent where live has nothing at `path`. */
  readonly live?: Json
  readonly actor?: Actor
  /** Beside no actor. */
  readonly unattributed?: Unattributed
  /** The values are redacted or come from a Secret: shown as "differs" only. */
  readonly redacted?: true
  /**
   * Only the live value is not shown, since the object does not carry the app's mark: declaring an object must not be a way to read it.
   * Never beside values that are redacted for what they are.
   */
  readonly withheld?: true
}

export type ObjectState = 'synced' | 'changed' | 'missing' | 'extra' | 'unknown' | 'ignored' | 'skipped'
export const OBJECT_STATES = [
  'synced',
  'changed',
  'missing',
  'extra',
  'unknown',
  'ignored',
  'skipped',
] as const satisfies readonly ObjectState[]

/** What one evaluation found for one object. */
export interface ObjectVerdict {
  readonly key: ObjectKey
  readonly version: string
  readonly state: ObjectState
  readonly differences: readonly Difference[]
  /** Of `extra`: the controller is told not to delete it, so it makes no app OutOfSync. */
  readonly effect?: 'report'
  /** Declared fields that the server dropped as unknown: no drift, but a mistake in Git. JSON pointers into desired. */
  readonly invalidFields?: readonly string[]
  /** Of `changed`: which side changed, as far as the managedFields of the live object show. */
  readonly cause?: Cause
  /**
   * The live object has no managedFields, or none that name an owner of what Git declares, so that some of what Git does not declare
   * could not be judged.
   */
  readonly ownershipUnknown?: true
  /** Why the state is `unknown` or `skipped`. */
  readonly reason?: Failure
}

/** Whether there is more to show of the object than that it is in sync. */
export function isNoteworthy({ state, differences, invalidFields }: ObjectVerdict): boolean {
  return state !== 'synced' || differences.length > 0 || invalidFields !== undefined
}

/**
 * Whether a field that was written then, Unix seconds, can be what the app drifts by. A time before the app was seen in sync is not that of this
 * drift: clocks differ, and Git may have moved away from what was written long ago. The time of a field is that of its second.
 */
export function isOfThisDrift(written: number, lastSynced: number | undefined): boolean {
  return !Number.isNaN(written) && written + 1 >= (lastSynced ?? written)
}
