import { causeOf } from '../../drift/cause-of.ts'
import { combineCauses } from '../../drift/combine-causes.ts'
import { readOwnership } from '../../drift/ownership.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import type { Difference, ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { AppState } from '../app-state.ts'
import { isDrift, type ObjectRecord } from '../compare/app-objects.ts'
import type { Baseline } from '../desired/desired-state.ts'
import { appliedObject, type DesiredObject, resolveObjects } from '../desired/placement.ts'
import { redactedAlike } from '../desired/redacted-alike.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { unpackLive } from '../live/live-object.ts'
import { isSameBaseline } from './baseline.ts'
import { hasOwnRecord, recordedCause } from './recorded-cause.ts'

/** Who moved, as far as it can be told, and what must be had before it can be told of all. */
export interface Explanation {
  /** By the text of keys, of objects whose cause was not known before. */
  readonly causes: ReadonlyMap<string, Cause>
  /** Desired state of earlier that has to be rendered. */
  readonly baselines: readonly Baseline[]
  /** What was applied last must be inferred from the live objects (inferred-baseline.ts). */
  readonly needsInference: boolean
}

const NOTHING: Explanation = { causes: new Map(), baselines: [], needsInference: false }

/**
 * Tells of each object that drifted who moved. What it was last in sync with tells first: when Git still wants that, the cluster
 * moved. Else the live object's own record of what was applied (drift/), and where it has none, how the object compares with what Git
 * wanted before.
 */
export function explainDrift(appState: AppState, cluster: ClusterState): Explanation {
  const desired = appState.desired.current
  const { capabilities } = cluster
  if (desired === undefined || capabilities === undefined) return NOTHING
  const { inferred, records } = appState.objects
  let needsInference = false
  const causes = new Map<string, Cause>()
  const wanted = new Set<Baseline>()
  const resolved = new Map<Baseline, ReadonlyMap<string, DesiredObject>>()
  /** Undefined where the baseline has to be rendered first. */
  const objectsAt = (baseline: Baseline): ReadonlyMap<string, DesiredObject> | undefined => {
    const known = resolved.get(baseline)
    if (known !== undefined || baseline.rendering === undefined) return known
    const { objects } = resolveObjects(baseline.rendering, appState.app, capabilities)
    resolved.set(baseline, objects)
    return objects
  }
  const applied = appliedBaseline(appState)
  const causeOfRecord = (record: ObjectRecord): Cause | undefined => {
    const baselines = usableBaselines(record, applied)
    if (record.declared?.compared !== undefined) return record.verdict?.cause ?? 'git'
    // Without sources the stored manifest is the desired state, so only the cluster can have changed.
    if (appState.app.sources.length === 0) return 'live'
    if (baselines.some((baseline) => isSameBaseline(baseline, desired.baseline))) return 'live'
    const unrendered = baselines.filter((baseline) => objectsAt(baseline) === undefined)
    for (const baseline of unrendered) wanted.add(baseline)
    if (unrendered.length > 0) return undefined
    if (baselines.length > 0) {
      const before = baselines.map((baseline) => objectsAt(baseline)?.get(record.keyText))
      return causeByBaseline(
        appState,
        record,
        cluster,
        before.find((object) => object !== undefined),
      )
    }
    if (!leavesOpen(record, cluster)) return causeByItself(appState, record, cluster)
    if (inferred === undefined || !isSameBaseline(inferred.of, desired.baseline)) {
      needsInference = true
      return undefined
    }
    const objects = inferred.baseline === undefined ? undefined : objectsAt(inferred.baseline)
    return objects === undefined
      ? causeByItself(appState, record, cluster)
      : causeByInference(appState, record, cluster, objects.get(record.keyText))
  }
  for (const record of records.values()) {
    if (!isDrift(record) || record.cause !== undefined) continue
    const cause = causeOfRecord(record)
    if (cause !== undefined) causes.set(record.keyText, cause)
  }
  return { causes, baselines: [...wanted], needsInference }
}

/** What the controller reports that it applied; the one that is known already, since that may be rendered. */
export function appliedBaseline({ app, objects }: AppState): Baseline | undefined {
  const { applied } = app
  if (applied === undefined || applied.length !== app.sources.length) return undefined
  const baseline: Baseline = { commits: applied }
  return objects.applied !== undefined && isSameBaseline(objects.applied, baseline) ? objects.applied : baseline
}

/**
 * The baselines that can explain the object: what it was last in sync with, else what the controller reports as
 * applied. A missing object is looked up in both, since it may have come and gone unseen. An extra one needs none: its
 * managedFields name its writer.
 */
function usableBaselines({ state, baseline }: ObjectRecord, applied: Baseline | undefined): readonly Baseline[] {
  const reported = state === 'extra' ? undefined : applied
  const usable = [baseline, reported].filter((one) => one !== undefined && one.unavailable !== true)
  return (state === 'missing' ? usable : usable.slice(0, 1)).filter((one) => one !== undefined)
}

/**
 * Whether managedFields leave the cause open: what was removed, whole or in part, has no entry that names a writer. An
 * extra object was declared once, since it carries the tracking metadata.
 */
function leavesOpen(record: ObjectRecord, cluster: ClusterState): boolean {
  const { state, verdict } = record
  if (state !== 'changed' || verdict === undefined) return state === 'missing'
  const own = recordedCause(record, cluster)
  return own === undefined || (own === 'git' && hasLost(verdict))
}

/**
 * A missing object that has no baseline was never applied. An extra one was declared once, unless only the tools of
 * people wrote it.
 */
function causeByItself(
  { app }: AppState,
  { state, verdict, key, keyText }: ObjectRecord,
  cluster: ClusterState,
): Cause {
  if (state === 'changed') return verdict?.cause ?? 'live'
  const liveState = state === 'extra' ? cluster.look(key, keyText) : undefined
  if (liveState?.state !== 'present') return 'git'
  const { managers, manualManagers } = app.policy
  const { written } = readOwnership(unpackLive(liveState.live), { managers, manualManagers, ignoredManagers: [] })
  return written.byGitops === '' && written.byManualManagers !== '' ? 'live' : 'git'
}

function causeByBaseline(
  appState: AppState,
  record: ObjectRecord,
  cluster: ClusterState,
  before: DesiredObject | undefined,
): Cause {
  const { state, declared } = record
  if (state === 'missing') return before === undefined ? 'git' : 'live'
  if (state === 'extra') return before === undefined ? 'live' : 'git'
  return before?.declared.packed === declared?.packed ? 'live' : causeOfChange(appState, record, cluster, before)
}

/** The inferred baseline decides about what was removed; for everything else managedFields are more reliable. */
function causeByInference(
  appState: AppState,
  record: ObjectRecord,
  cluster: ClusterState,
  before: DesiredObject | undefined,
): Cause {
  const own = recordedCause(record, cluster)
  const isSame = before?.declared.packed === record.declared?.packed
  if (own === undefined || (isSame && isAllLost(record.verdict)))
    return causeByBaseline(appState, record, cluster, before)
  return isSame ? own : causeOfChange(appState, record, cluster, before)
}

/** The cause of a difference where Git wants something else than `before`. */
function causeOfChange(
  { app }: AppState,
  { key, keyText, declared, verdict }: ObjectRecord,
  cluster: ClusterState,
  before: DesiredObject | undefined,
): Cause {
  const liveState = cluster.look(key, keyText)
  if (verdict === undefined || declared === undefined || liveState.state !== 'present') return verdict?.cause ?? 'live'
  const { redactionKey } = cluster
  const live = redactedAlike(unpackLive(liveState.live), declared, redactionKey)
  const desired = redactedAlike(appliedObject({ key, keyText, declared }, app), declared, redactionKey)
  const comparing = { desired, live, schemas: cluster.schemas, policy: app.policy }
  const earlier = before && redactedAlike(appliedObject(before, app), declared, redactionKey)
  if (!hasOwnRecord(live)) return causeOf(verdict, comparing, earlier)
  const own = verdict.cause ?? 'live'
  if (own !== 'git' || !hasLost(verdict)) return own
  // managedFields have no entry for a field that somebody removed.
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
