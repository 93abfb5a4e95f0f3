import type { ObjectMarks, Sighting } from '../../model/journal/journal.ts'
import type { Cause } from '../../model/verdicts/cause.ts'

/** What the journal was told last of an app that drifts; at most `EPISODE_LIMITS.objects` objects, and nothing of one in sync. */
export interface JournaledDrift {
  /** When it was first seen, Unix seconds. */
  readonly since: number
  readonly objects: ReadonlyMap<string, JournaledObject>
  /** The likely cause, while it is asked for. */
  readonly supposed?: Cause
  /** The last sighting; undefined after a restart. */
  readonly last: SightedState | undefined
}

/** A sighting but for what changes each time. */
export type SightedState = Omit<Sighting, 'at' | 'history'>

export interface JournaledObject {
  readonly marks: ObjectMarks
  /** What its mark was made of, so that it is made once. */
  readonly declared?: string
}
