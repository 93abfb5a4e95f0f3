/** Who made a change past Git: a person's tool, another controller, or somebody who left no trace. */
export type ActorClass = 'person' | 'controller' | 'unknown'

/** What was counted of one app; outlives the process. */
export interface ManualChanges {
  readonly counts: Readonly<Record<ActorClass, number>>
  /** Marks of what was counted, so that it is counted once; the newest last. */
  readonly seen: readonly string[]
}

export const NO_MANUAL_CHANGES: ManualChanges = { counts: { person: 0, controller: 0, unknown: 0 }, seen: [] }
