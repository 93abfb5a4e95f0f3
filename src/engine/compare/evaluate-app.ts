import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import type { ErrorCode } from '../../model/errors.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { Revision } from '../../model/git.ts'
import { type GroupKind, groupKindText, type KubernetesObject, type ObjectKey } from '../../model/object.ts'
import type { AppState, Baseline, ObjectRecord } from '../app-state.ts'
import { isInScope } from '../desired/kind-scope.ts'
import type { PackedRendering } from '../desired/packed-rendering.ts'
import { type ResolvedObjects, resolveObjects } from '../desired/placement.ts'
import { requestOf } from '../desired/render-request.ts'
import type { RenderingCache } from '../desired/rendering-cache.ts'
import type { Repositories } from '../desired/repositories.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import type { JudgePorts } from './object-verdict.ts'
import { judge } from './update-record.ts'

export interface EvaluationPorts extends JudgePorts {
  readonly repositories: Repositories
  readonly renderings: RenderingCache
  readonly slice: EventLoopSlice
  /** Unix milliseconds. */
  readonly now: () => number
  readonly cluster: (name: string) => ClusterState | undefined
  /** An object was judged after all: there may be something to tell of its app. */
  readonly onLate: (appState: AppState) => void
}

/** Failures that the next attempt may not meet: until their inputs are stale, what was known before holds. */
const PASSING: readonly ErrorCode[] = [
  'GDE_ABORTED',
  'GDE_GIT_UNREACHABLE',
  'GDE_GIT_AUTH',
  'GDE_GIT_TLS',
  'GDE_GIT_PROTOCOL',
  'GDE_GIT_REDIRECT',
  'GDE_GIT_DAMAGED',
  'GDE_CLUSTER_UNREACHABLE',
  'GDE_CLUSTER_AUTH',
  'GDE_CLUSTER_TLS',
  'GDE_CLUSTER_PROTOCOL',
]
/** Kinds that an app declared earlier, newest last; one that renames its kinds all the time shall not have all watched. */
const MAX_KINDS = 100
const MAX_SEEN_COMMITS = 100

/**
 * Brings an app's desired state up to date, and compares what changed by it.
 * @param all compares every object anew, not only those whose desired state changed
 */
export async function refresh(appState: AppState, all: boolean, ports: EvaluationPorts): Promise<void> {
  const { app } = appState
  // A rendering that takes too long will do so again; a server that others wait for may be quicker the next time.
  let waitsForServer = false
  try {
    if (app.problem !== undefined) return fail(appState, app.problem)
    const cluster = ports.cluster(app.to.cluster)
    if (cluster === undefined) return fail(appState, noCluster(app.to.cluster))
    waitsForServer = true
    const revisions = await resolveSources(appState, ports)
    waitsForServer = false
    const { capabilities } = cluster
    if (capabilities === undefined) {
      // It is done again as soon as the cluster tells what it can do; until then the cluster's own failure is the reason.
      appState.failure = undefined
      return
    }
    const rendering = await ports.renderings.get(requestOf(app, revisions, capabilities))
    const placed = resolveObjects(rendering, app, capabilities)
    waitsForServer = true
    const refused = await cluster.schemas.load(kindsOf(placed), capabilities, ports.signal)
    waitsForServer = false
    const resolved = { ...placed, warnings: [...placed.warnings, ...refused] }
    if (appState.app !== app || appState.removed || ports.cluster(app.to.cluster) !== cluster) return
    await adopt(appState, cluster, { revisions, rendering, resolved }, all, ports)
    appState.failure = undefined
    appState.attempts = 0
  } catch (thrown) {
    if (ports.signal.aborted || appState.app !== app) return
    fail(appState, toFailure(thrown, { app: app.name }))
    if (appState.failure?.code === 'GDE_GIT_DAMAGED')
      for (const { repository } of app.sources) ports.repositories.verify(repository)
    if (waitsForServer && appState.failure?.code === 'GDE_TIMEOUT') appState.failureIsPassing = true
  }
}

function noCluster(name: string): Failure {
  return { code: 'GDE_CLUSTER_UNKNOWN', message: `the destination "${name}" is no cluster that is known` }
}

function fail(appState: AppState, failure: Failure): void {
  appState.failure = failure
  appState.failureIsPassing = PASSING.includes(failure.code)
  appState.attempts += 1
}

function resolveSources(appState: AppState, { repositories, signal }: EvaluationPorts): Promise<readonly Revision[]> {
  return Promise.all(
    appState.app.sources.map(({ repository, targetRevision }) =>
      repositories.resolve(repository, targetRevision, signal),
    ),
  )
}

interface Found {
  readonly revisions: readonly Revision[]
  readonly rendering: PackedRendering
  readonly resolved: ResolvedObjects
}

async function adopt(
  appState: AppState,
  cluster: ClusterState,
  found: Found,
  all: boolean,
  ports: EvaluationPorts,
): Promise<void> {
  const before = appState.desired
  const baseline = baselineOf(found, before?.baseline)
  appState.desired = { ...found, baseline }
  appState.isOutdated = false
  rememberKinds(appState, found.resolved)
  cluster.use(appState.id, kindsToWatch(appState))
  const changed = new Set<ObjectRecord>()
  const unsettled: ObjectRecord[] = []
  for (const record of appState.records.values()) {
    if (record.declared === undefined || found.resolved.objects.has(record.keyText)) continue
    record.declared = undefined
    cluster.undeclare(appState.id, record.key, record.keyText)
    if (appState.app.tracking.method === 'none') appState.records.delete(record.keyText)
    else changed.add(record)
  }
  for (const { key, keyText, declared } of found.resolved.objects.values()) {
    const known = appState.records.get(keyText)
    if (known === undefined) {
      const record = newRecord(appState, key, keyText, before?.baseline)
      record.declared = declared
      appState.records.set(keyText, record)
      changed.add(record)
    } else {
      if (known.declared?.packed !== declared.packed || known.declared.action !== declared.action) changed.add(known)
      // The cluster may serve by now what it did not before.
      else if (known.state === 'unknown' || known.state === 'pending') unsettled.push(known)
      // What was in sync with the same desired state before is so now.
      else if (known.state === 'synced' || known.state === 'ignored') known.baseline = baseline
      known.declared = declared
    }
    cluster.declare(appState.id, key, keyText)
  }
  if (before !== undefined && baseline !== before.baseline && changed.size > 0) noteCommit(appState, ports.now())
  for (const record of all ? appState.records.values() : unsettled) changed.add(record)
  for (const [keyText, key] of cluster.markedObjects(appState.id)) {
    if (appState.records.has(keyText)) continue
    const record = newRecord(appState, key, keyText, before?.baseline)
    appState.records.set(keyText, record)
    changed.add(record)
  }
  for (const record of changed) {
    judge({ appState, record, cluster, ports }, () => ports.onLate(appState))
    await ports.slice.yieldIfBusy()
    // What a newer one adopted meanwhile is its to judge.
    if (appState.desired.baseline !== baseline || appState.removed) return
  }
}

/** Those of the first rendering may have been there for long, so they say nothing about how quickly commits become live. */
function noteCommit({ seenCommits }: AppState, seenAt: number): void {
  seenCommits.push(seenAt)
  if (seenCommits.length > MAX_SEEN_COMMITS) seenCommits.shift()
}

function baselineOf({ revisions, rendering }: Found, before: Baseline | undefined): Baseline {
  const commits = revisions.map(({ commit }) => commit)
  const same = before !== undefined && before.commits.length === commits.length
  if (same && before.commits.every((commit, index) => commit === commits[index])) return before
  return { commits, rendering }
}

/** An object that Git declares since a moment ago was in no earlier desired state: the last one says so. */
function newRecord(appState: AppState, key: ObjectKey, keyText: string, before: Baseline | undefined): ObjectRecord {
  const baseline = restoredBaseline(appState, keyText) ?? before
  return {
    key,
    keyText,
    declared: undefined,
    state: 'pending',
    ownershipUnknown: false,
    turn: 0,
    ...(baseline !== undefined && { baseline }),
  }
}

function restoredBaseline(appState: AppState, keyText: string): Baseline | undefined {
  const { earlierBaselines } = appState
  const baseline = earlierBaselines.find(({ objects }) => objects.includes(keyText)) ?? earlierBaselines[0]
  // No commits: it was never in sync.
  return baseline?.commits.length === 0 ? undefined : baseline
}

function rememberKinds(appState: AppState, resolved: ResolvedObjects): void {
  const earlier = appState.app.tracking.method === 'none' ? [] : [...appState.kinds.values()]
  const declared = kindsOf(resolved)
  const applied = appState.app.appliedKinds ?? []
  const kinds = new Map([...earlier, ...applied, ...declared].map((kind) => [groupKindText(kind), kind] as const))
  const declaredTexts = new Set(declared.map(groupKindText))
  appState.kinds.clear()
  let surplus = kinds.size - Math.max(MAX_KINDS, declaredTexts.size)
  for (const [text, kind] of kinds) {
    if (surplus > 0 && !declaredTexts.has(text)) surplus -= 1
    else appState.kinds.set(text, kind)
  }
}

function kindsOf({ objects }: ResolvedObjects): readonly GroupKind[] {
  const kinds = new Map<string, GroupKind>()
  for (const { key } of objects.values()) kinds.set(groupKindText(key), { group: key.group, kind: key.kind })
  return [...kinds.values()]
}

/** Where Secrets are skipped, the right to read them is not needed. */
function kindsToWatch({ app, kinds }: AppState): ReadonlyMap<string, GroupKind> {
  const isSkipped = ({ group, kind }: GroupKind): boolean =>
    app.policy.secrets === 'skip' && group === '' && kind === 'Secret'
  return new Map([...kinds].filter(([, kind]) => !isSkipped(kind) && isInScope(kind, app.policy.kinds)))
}

/** A live object that the app declares or tracks changed, came or went. */
export function objectChanged(
  appState: AppState,
  cluster: ClusterState,
  change: { readonly key: ObjectKey; readonly keyText: string; readonly object: KubernetesObject | undefined },
  ports: EvaluationPorts,
): void {
  const { key, keyText, object } = change
  const known = appState.records.get(keyText)
  if (known === undefined && (object === undefined || appState.desired === undefined)) return
  // What carries the mark when the app is first looked at was declared once; what gets it later was made so by somebody.
  const record = known ?? newRecord(appState, key, keyText, appState.evaluated ? appState.desired?.baseline : undefined)
  if (known === undefined) appState.records.set(keyText, record)
  judge({ appState, record, cluster, ports, streamed: object }, () => ports.onLate(appState))
}

/** What can be known of the app's kinds changed: judges what was not known, and what no longer is. */
export async function reviewRecords(appState: AppState, cluster: ClusterState, ports: EvaluationPorts): Promise<void> {
  for (const record of [...appState.records.values()]) {
    const unknown = record.state === 'pending' || record.state === 'unknown'
    if (unknown || cluster.look(record.key, record.keyText).state === 'unknown')
      judge({ appState, record, cluster, ports }, () => ports.onLate(appState))
    await ports.slice.yieldIfBusy()
  }
}
