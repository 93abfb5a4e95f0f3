import type { Static } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'

const Count = Type.Integer({ minimum: 0 })

const SavedManualChanges = Type.Object({
  counts: Type.Object({ person: Count, controller: Count, unknown: Count }),
  seen: Type.Array(Type.String()),
})
/**
 * What is counted or remembered of one app from verdict to verdict and survives restarts, as it stands in the state file. To add a value:
 * its property here, its start where it has one, and what is reported of it. Who measures it writes it with `AppReported.remember`, and a
 * metric reads it from the app's report. Each is optional: an older version did not know it.
 */
export const SAVED_VALUES = {
  manualChanges: Type.Optional(SavedManualChanges),
  lastSyncLagSeconds: Type.Optional(Type.Number({ minimum: 0 })),
}

/** Who made a change past Git: a person's tool, another controller, or somebody who left no trace. */
export type ActorClass = keyof Static<typeof SavedManualChanges>['counts']

/** Changes made past Git so far. */
export interface ManualChanges {
  readonly counts: Readonly<Record<ActorClass, number>>
  /** Marks of what was counted, so that it is counted once; the newest last. */
  readonly seen: readonly string[]
}

export interface PersistentValues {
  readonly manualChanges: ManualChanges
  /** From first seeing the last commit that arrived to seeing it live. */
  readonly lastSyncLagSeconds?: number
}

const START: PersistentValues = { manualChanges: { counts: { person: 0, controller: 0, unknown: 0 }, seen: [] } }

/** What others learn of the values: part of the app's report. */
export interface ReportedValues {
  /** Changes made past Git so far, by class of actor, every class from 0; absent where they are not counted. */
  readonly manualChanges?: Readonly<Record<string, number>>
  /** From first seeing the last commit that arrived to seeing it live, seconds. */
  readonly lastSyncLagSeconds?: number
}

/** The values as a restart, or the first sight of an app, begins with them. */
export function startValues(saved: Partial<PersistentValues> | undefined): PersistentValues {
  return { ...START, ...saved }
}

export function reportValues({ manualChanges: { counts }, ...values }: PersistentValues): ReportedValues {
  return { ...values, manualChanges: counts }
}
