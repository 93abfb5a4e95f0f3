import { type Ending, EPISODE_LIMITS } from '../../model/journal/episode.ts'
import type { ObjectMarks, SightedObject, Sighting } from '../../model/journal/journal.ts'
import type { ObjectKey } from '../../model/object.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import type { SourceRevision, SyncStatus } from '../../model/verdicts/verdict.ts'
import type { AppState } from '../app-state.ts'
import { isDrift, type ObjectRecord } from '../compare/app-objects.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import type { JournaledDrift, JournaledObject } from '../state/journaled-drift.ts'
import { declaredMark, endingOf, liveMark, livePacked } from './drift-ending.ts'
import { driftFields, fieldTime, type ValueBudget } from './drift-fields.ts'

export interface SightingInput {
  readonly appState: AppState
  readonly cluster: ClusterState | undefined
  /** Unix seconds. */
  readonly at: number
  readonly status: SyncStatus
  /** Absent while it is asked for. */
  readonly cause?: Cause
  readonly reason?: string
  readonly history: string
  readonly revisions: readonly SourceRevision[]
  /** The objects were judged: what does not drift of them has ended. */
  readonly isJudged: boolean
  /** When the app was last seen in sync before, Unix seconds. */
  readonly lastSynced: number | undefined
  /** The object that is live by now as something else than what was judged, by the text of its key. */
  readonly superseded: string | undefined
}

/** The mark of what is live no more: everything differs from it. */
const SUPERSEDED = 'superseded'

/** What is seen of an app now, and what to remember of it. Takes time by the objects that drift. */
export function sightDrift(input: SightingInput): {
  readonly sighting: Sighting
  readonly drift: JournaledDrift | undefined
} {
  const { appState, at, status, reason, history } = input
  const { reported, objects, app } = appState
  const before = reported.drift
  const drifted = status === 'Unknown' && !input.isJudged ? [] : [...objects.records.values().filter(isDrift)]
  const kept = new Map<string, JournaledObject>()
  const budget: ValueBudget = { left: EPISODE_LIMITS.sightingBytes }
  const sighted = drifted
    .slice(0, EPISODE_LIMITS.objects)
    .map((record) => sightObject(record, input, { before: before?.objects, kept, budget }))
  const ended = input.isJudged ? endedObjects(before, input) : {}
  for (const [key, object] of before?.objects ?? []) if (!(key in ended) && !kept.has(key)) kept.set(key, object)
  const cause = input.cause ?? (status === 'Synced' ? before?.supposed : undefined)
  const { id, controller, kind, declaredIn, namespace, name, destination, project, reportedStatus } = app
  const sighting: Sighting = {
    app: { id, controller, kind, declaredIn, namespace, name, destination, project },
    at,
    status,
    history,
    commits: input.revisions.map(({ repository, path, commit, commitTime, subject, author }) => ({
      ...{ repository, path, commit, time: commitTime },
      ...(subject !== undefined && { subject }),
      ...(author !== undefined && { author }),
    })),
    objects: sighted,
    objectsOmitted: drifted.length - sighted.length,
    ended,
    ...(cause !== undefined && { cause }),
    ...(reason !== undefined && { reason }),
    ...(reportedStatus !== undefined && { controller: wordOf(reportedStatus) }),
  }
  const lasts = drifted.length > 0 || (before !== undefined && status !== 'Synced')
  if (!lasts) return { sighting, drift: undefined }
  const { at: _at, history: _history, ...state } = sighting
  const supposed = input.cause ?? before?.supposed ?? supposedCause(drifted, appState)
  return {
    sighting,
    drift: { since: before?.since ?? at, objects: kept, supposed, last: state },
  }
}

function wordOf({
  status,
  suspended,
  lastOperation,
}: NonNullable<AppState['app']['reportedStatus']>): NonNullable<Sighting['controller']> {
  return { status, suspended, ...(lastOperation !== undefined && { phase: lastOperation.phase }) }
}

interface Sighted {
  readonly before: ReadonlyMap<string, JournaledObject> | undefined
  readonly kept: Map<string, JournaledObject>
  readonly budget: ValueBudget
}

function sightObject(
  record: ObjectRecord,
  { appState, cluster, lastSynced, superseded }: SightingInput,
  { before, kept, budget }: Sighted,
): SightedObject {
  const { key, keyText, state, verdict, cause } = record
  const differences = verdict?.differences ?? []
  const known = before?.get(keyText)
  const isSuperseded = keyText === superseded
  const live = cluster === undefined || isSuperseded ? undefined : livePacked(record, cluster)
  const declared = record.declared?.packed
  const marks: ObjectMarks = {
    declared:
      known?.declared !== undefined && known.declared === declared ? known.marks.declared : declaredMark(declared),
    live: isSuperseded ? SUPERSEDED : liveMark(live),
  }
  kept.set(keyText, { marks, ...(declared !== undefined && { declared }) })
  const resource = cluster?.capabilities?.kind(key)?.resource
  const began = fieldTime(differences, cause, appState.app.policy, lastSynced)
  return {
    key,
    state: state === 'pending' ? 'unknown' : state,
    marks,
    ...driftFields(differences, budget),
    ...(resource !== undefined && { resource }),
    ...(cause !== undefined && { cause }),
    ...(began !== undefined && { began }),
  }
}

/** What drifted when the journal was last told, and does not now. What cannot be known now has not ended. */
function endedObjects(
  before: JournaledDrift | undefined,
  { appState, cluster }: SightingInput,
): Readonly<Record<string, Ending>> {
  const ended: Record<string, Ending> = {}
  for (const [keyText, { marks }] of before?.objects ?? []) {
    const record = appState.objects.records.get(keyText)
    if (record !== undefined && (isDrift(record) || record.state === 'unknown' || record.state === 'pending')) continue
    const key = record?.key ?? keyOf(keyText)
    const live = cluster === undefined ? undefined : livePacked({ key, keyText }, cluster)
    ended[keyText] = endingOf(marks, { record, live }, appState)
  }
  return ended
}

function keyOf(keyText: string): ObjectKey {
  const [group = '', kind = '', namespace = '', ...name] = keyText.split('/')
  return { group, kind, namespace, name: name.join('/') }
}

/** Who is likely to have moved, until it is known: Git where an object was last in sync with other commits than those of now. */
function supposedCause(drifted: readonly ObjectRecord[], { desired }: AppState): Cause {
  const today = desired.current?.baseline
  return drifted.some(({ baseline }) => baseline !== undefined && baseline !== today) ? 'git' : 'live'
}
