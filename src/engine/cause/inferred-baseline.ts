import { compareObject } from '../../drift/compare-object.ts'
import { readOwnership } from '../../drift/ownership.ts'
import type { App } from '../../model/apps/app.ts'
import type { Capabilities } from '../../model/clusters/cluster.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { FirstParentCommit, GitService } from '../../model/sources/git.ts'
import type { AppState } from '../app-state.ts'
import type { ObjectRecord } from '../compare/app-objects.ts'
import type { Baseline, DesiredState } from '../desired/desired-state.ts'
import type { PackedDesired } from '../desired/packed-rendering.ts'
import { appliedObject, resolveObjects } from '../desired/placement.ts'
import { redactedAlike } from '../desired/redacted-alike.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { unpackLive } from '../live/live-object.ts'
import { type BaselinePorts, fetchBaseline, isSameBaseline } from './baseline.ts'
import { recordedCause } from './recorded-cause.ts'

/** Each of them has to be rendered, unless it changed nothing that the app reads. */
const MOST_COMPARED = 50

export interface InferredBaselinePorts extends BaselinePorts {
  readonly commitsSince: GitService['commitsSince']
}

/**
 * Infers which commit was applied last, for an app that was never seen in sync and whose controller does not report it.
 * It is the newest commit that is older than the last write of the GitOps manager. Where the live objects are newer
 * than that (clocks differ), it is the first commit that explains them; among commits of the same second, which have no
 * order, the oldest that does. Where objects came without managedFields, it is the newest commit that most of them
 * equal.
 * @returns undefined where nothing of the app is live, or its history cannot be read
 */
export async function inferBaseline(
  appState: AppState,
  cluster: ClusterState,
  ports: InferredBaselinePorts,
): Promise<Baseline | undefined> {
  const desired = appState.desired.current
  const { capabilities } = cluster
  if (desired === undefined || capabilities === undefined) return undefined
  const present = [...appState.objects.records.values()].filter(isPresent)
  if (present.length === 0) return undefined
  const lines = await histories(appState.app, desired, lastWrite(appState, cluster, present), ports)
  const depth = Math.max(...lines.map(({ length }) => length)) - 1
  const baselineAt = async (at: number): Promise<Baseline> => {
    const baseline: Baseline = { commits: lines.map((line) => line[Math.min(at, line.length - 1)]?.commit ?? '') }
    if (isSameBaseline(baseline, desired.baseline)) return desired.baseline
    await fetchBaseline(appState.app, baseline, capabilities, ports)
    return baseline
  }
  const unrecorded = present.filter(
    (record) => record.state === 'changed' && recordedCause(record, cluster) === undefined,
  )
  let likest: { readonly baseline: Baseline; readonly equal: number } | undefined
  for (let at = 1; at <= Math.min(depth, MOST_COMPARED) && unrecorded.length > (likest?.equal ?? 0); at += 1) {
    const baseline = await baselineAt(at)
    const equal = explains(baseline, present, appState, capabilities)
      ? countEqual(baseline, unrecorded, appState, cluster)
      : 0
    if (equal > (likest?.equal ?? 0)) likest = { baseline, equal }
  }
  if (likest !== undefined) return likest.baseline
  const oldest = await baselineAt(depth)
  if (explains(oldest, present, appState, capabilities)) return oldest
  let explaining = desired.baseline
  let newest = 0
  let tooOld = depth
  while (tooOld - newest > 1) {
    const middle = Math.floor((newest + tooOld) / 2)
    const baseline = await baselineAt(middle)
    if (explains(baseline, present, appState, capabilities)) {
      explaining = baseline
      newest = middle
    } else {
      tooOld = middle
    }
  }
  return explaining
}

interface PresentRecord extends ObjectRecord {
  readonly declared: PackedDesired
}

function isPresent(record: ObjectRecord): record is PresentRecord {
  return record.declared !== undefined && (record.state === 'synced' || record.state === 'changed')
}

/** Unix seconds; 0 where no object has a time. */
function lastWrite({ app: { policy } }: AppState, cluster: ClusterState, present: readonly PresentRecord[]): number {
  const parties = { managers: policy.managers, manualManagers: policy.manualManagers, ignoredManagers: [] }
  let latest = 0
  for (const { key, keyText } of present) {
    const liveState = cluster.look(key, keyText)
    if (liveState.state !== 'present') continue
    const live: KubernetesObject = unpackLive(liveState.live)
    const time = readOwnership(live, parties).written.byGitops || live.metadata.creationTimestamp
    const seconds = typeof time === 'string' ? Date.parse(time) / 1000 : Number.NaN
    if (seconds > latest) latest = seconds
  }
  return latest
}

/** Of each source, the commits that may have been applied last, newest first. */
function histories(
  app: App,
  desired: DesiredState,
  written: number,
  { commitsSince, signal }: InferredBaselinePorts,
): Promise<readonly (readonly FirstParentCommit[])[]> {
  return Promise.all(
    app.sources.map(async ({ repository }, index) => {
      const newest = desired.revisions[index]?.commit ?? ''
      const line = await commitsSince(repository, newest, written, signal)
      const last = line.at(-1)
      if (last === undefined) return line
      const older = await commitsSince(repository, last.commit, last.time, signal)
      return [...line.slice(0, -1), ...older.filter(({ time }) => time >= last.time)]
    }),
  )
}

/** How many objects equal their declaration at this baseline. */
function countEqual(
  { rendering }: Baseline,
  records: readonly PresentRecord[],
  { app }: AppState,
  { capabilities, schemas, look, redactionKey }: ClusterState,
): number {
  if (rendering === undefined || capabilities === undefined) return 0
  const { objects } = resolveObjects(rendering, app, capabilities)
  return records.filter(({ key, keyText }) => {
    const before = objects.get(keyText)
    const liveState = look(key, keyText)
    if (before === undefined || liveState.state !== 'present') return false
    const comparing = {
      desired: redactedAlike(appliedObject(before, app), before.declared, redactionKey),
      live: redactedAlike(unpackLive(liveState.live), before.declared, redactionKey),
      schemas,
      policy: app.policy,
    }
    return compareObject(comparing).state === 'synced'
  }).length
}

/** Whether the baseline declares every live object, and declares those in sync exactly as they are now. */
function explains(
  baseline: Baseline,
  present: readonly PresentRecord[],
  { app }: AppState,
  capabilities: Capabilities,
): boolean {
  if (baseline.rendering === undefined) return false
  const { objects } = resolveObjects(baseline.rendering, app, capabilities)
  return present.every(({ keyText, declared, state }) => {
    const before = objects.get(keyText)
    return before !== undefined && (state === 'changed' || before.declared.packed === declared.packed)
  })
}
