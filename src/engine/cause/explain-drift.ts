import { causeOf } from '../../drift/cause-of.ts'
import { combineCauses } from '../../drift/combine-causes.ts'
import { readOwnership } from '../../drift/ownership.ts'
import type { Cause } from '../../model/cause.ts'
import type { Difference, ObjectVerdict } from '../../model/difference.ts'
import type { AppState, Base, ObjectRecord } from '../app-state.ts'
import { isDrift } from '../app-state.ts'
import { unpackObject } from '../desired/packed-object.ts'
import { appliedObject, type PlacedObject, placeObjects } from '../desired/placement.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { isSameBase } from './baseline.ts'
import { hasOwnRecord, recordedCause } from './recorded-cause.ts'

/** What must be had before it can be said of all objects who moved. */
export interface Unexplained {
  /** Desired state of earlier. */
  readonly bases: readonly Base[]
  /** What was applied last must be supposed (supposed-base.ts). */
  readonly needsSupposition: boolean
}

/**
 * Says of each object that drifted who moved. What it was last in sync with tells first: when Git still wants that, the cluster
 * moved. Else the live object's own record of what was applied (drift/), and where it has none, how the object compares with what Git
 * wanted before.
 */
export function explain(appState: AppState, cluster: ClusterState): Unexplained {
  const { desired } = appState
  const { capabilities } = cluster
  if (desired === undefined || capabilities === undefined) return { bases: [], needsSupposition: false }
  let needsSupposition = false
  const wanted = new Set<Base>()
  const placements = new Map<Base, ReadonlyMap<string, PlacedObject>>()
  /** Undefined where it has to be rendered first. */
  const objectsAt = (base: Base): ReadonlyMap<string, PlacedObject> | undefined => {
    const known = placements.get(base)
    if (known !== undefined || base.rendering === undefined) return known
    const placed = placeObjects(base.rendering, appState.app, capabilities).objects
    placements.set(base, placed)
    return placed
  }
  for (const record of appState.records.values()) {
    if (!isDrift(record.state) || record.cause !== undefined) continue
    const bases = basesToAsk(appState, record)
    const unrendered = bases.filter((base) => objectsAt(base) === undefined)
    // What was installed stands for what is desired, where there are no sources: only the cluster can move.
    if (appState.app.sources.length === 0 || bases.some((base) => isSameBase(base, desired.base))) {
      record.cause = 'live'
    } else if (unrendered.length > 0) {
      for (const base of unrendered) wanted.add(base)
    } else if (bases.length > 0) {
      const before = bases.map((base) => objectsAt(base)?.get(record.keyText)).find((placed) => placed !== undefined)
      record.cause = causeByBase(appState, record, cluster, before)
    } else if (!leavesOpen(record, cluster)) {
      record.cause = causeByItself(appState, record, cluster)
    } else if (appState.supposed === undefined || !isSameBase(appState.supposed.of, desired.base)) {
      needsSupposition = true
    } else {
      const { base } = appState.supposed
      const placed = base === undefined ? undefined : objectsAt(base)
      record.cause =
        placed === undefined
          ? causeByItself(appState, record, cluster)
          : causeBySupposition(appState, record, cluster, placed.get(record.keyText))
    }
  }
  return { bases: [...wanted], needsSupposition }
}

/**
 * What tells of the object: what it was last in sync with, else what the controller says that it applied. What is gone was there if either
 * had it, since it may have come and gone unseen; what Git does not have any more says by itself who made it.
 */
function basesToAsk(appState: AppState, { state, base }: ObjectRecord): readonly Base[] {
  const { applied } = appState.app
  const isTold = applied !== undefined && applied.length === appState.app.sources.length
  const told = isTold && state !== 'extra' ? appliedBase(appState, applied) : undefined
  const usable = [base, told].filter((one) => one !== undefined).filter(({ unavailable }) => unavailable !== true)
  return state === 'missing' ? usable : usable.slice(0, 1)
}

function appliedBase(appState: AppState, commits: readonly string[]): Base {
  const base: Base = { commits }
  if (appState.applied === undefined || !isSameBase(appState.applied, base)) appState.applied = base
  return appState.applied
}

/**
 * Whether the object itself leaves open who moved: what is gone, whole or in part, holds no record of who wanted it. One that carries the
 * mark and is not declared was declared once.
 */
function leavesOpen(record: ObjectRecord, cluster: ClusterState): boolean {
  const { state, verdict } = record
  if (state !== 'changed' || verdict === undefined) return state === 'missing'
  const own = recordedCause(record, cluster)
  return own === undefined || (own === 'git' && hasLost(verdict))
}

/**
 * An object that was never seen was never applied. One that carries the mark and is not declared was declared once, unless people alone
 * wrote it.
 */
function causeByItself(
  { app }: AppState,
  { state, verdict, key, keyText }: ObjectRecord,
  cluster: ClusterState,
): Cause {
  if (state === 'changed') return verdict?.cause ?? 'live'
  const liveState = state === 'extra' ? cluster.look(key, keyText) : undefined
  if (liveState?.state !== 'present') return 'git'
  const { managers, persons } = app.policy
  const { written } = readOwnership(unpackObject(liveState.packed), { managers, persons, ignoredManagers: [] })
  return written.byGitops === '' && written.byPersons !== '' ? 'live' : 'git'
}

function causeByBase(
  appState: AppState,
  record: ObjectRecord,
  cluster: ClusterState,
  before: PlacedObject | undefined,
): Cause {
  const { state, held } = record
  if (state === 'missing') return before === undefined ? 'git' : 'live'
  if (state === 'extra') return before === undefined ? 'live' : 'git'
  return before?.held.packed === held?.packed ? 'live' : causeOfChange(appState, record, cluster, before)
}

/** What is supposed to have been applied tells of what is gone; of all else, what the live object itself records is surer. */
function causeBySupposition(
  appState: AppState,
  record: ObjectRecord,
  cluster: ClusterState,
  before: PlacedObject | undefined,
): Cause {
  const own = recordedCause(record, cluster)
  const isSame = before?.held.packed === record.held?.packed
  if (own === undefined || (isSame && isAllLost(record.verdict))) return causeByBase(appState, record, cluster, before)
  return isSame ? own : causeOfChange(appState, record, cluster, before)
}

/** Who made a live object differ from what Git wants, which is not what Git wanted `before`. */
function causeOfChange(
  { app }: AppState,
  { key, keyText, held, verdict }: ObjectRecord,
  cluster: ClusterState,
  before: PlacedObject | undefined,
): Cause {
  const liveState = cluster.look(key, keyText)
  if (verdict === undefined || held === undefined || liveState.state !== 'present') return verdict?.cause ?? 'live'
  const live = unpackObject(liveState.packed)
  const desired = appliedObject({ key, keyText, held }, app)
  const comparing = { desired, live, schemas: cluster.schemas, policy: app.policy }
  const earlier = before === undefined ? undefined : appliedObject(before, app)
  if (!hasOwnRecord(live)) return causeOf(verdict, comparing, earlier)
  const own = verdict.cause ?? 'live'
  if (own !== 'git' || !hasLost(verdict)) return own
  // The record does not hold any more what somebody took away.
  const lost = causeOf({ ...verdict, differences: verdict.differences.filter(isLost) }, comparing, earlier)
  return isAllLost(verdict) ? lost : (combineCauses([own, lost]) ?? own)
}

function hasLost({ differences }: ObjectVerdict): boolean {
  return differences.some(isLost)
}

function isAllLost(verdict: ObjectVerdict | undefined): boolean {
  return verdict?.differences.every((difference) => isLost(difference) || difference.effect === 'report') === true
}

function isLost({ class: kind, effect }: Difference): boolean {
  return kind === 'missing' && effect === 'drift'
}
