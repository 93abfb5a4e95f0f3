import type { App } from '../../../model/apps/app.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { type GroupKind, groupKindText } from '../../../model/object.ts'
import { SYNC_STATUSES, type SyncStatus } from '../../../model/verdicts/verdict.ts'
import { listAt, objectAt, textAt, textsAt } from '../../fields/lenient-fields.ts'

type AppStatus = NonNullable<App['reportedStatus']>

const MAX_MESSAGE_LENGTH = 1000
const MAX_STATUS_LENGTH = 100
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const SKIP_RECONCILE = 'argocd.argoproj.io/skip-reconcile'

/**
 * What the application controller reports in an Application's status. Like everything in a cluster it may be hostile:
 * invalid fields are skipped.
 */
export function reportedStatus(resource: JsonObject): AppStatus {
  const status = objectAt(resource, 'status')
  const operation = lastOperation(objectAt(status, 'operationState'))
  const health = textAt(objectAt(status, 'health'), 'status').slice(0, MAX_STATUS_LENGTH)
  return {
    status: syncStatusOf(objectAt(status, 'sync').status),
    applied: appliedCommits(resource),
    suspended: textsAt(objectAt(resource, 'metadata'), 'annotations')[SKIP_RECONCILE] === 'true',
    ...(operation !== undefined && { lastOperation: operation }),
    ...(health !== '' && { health }),
  }
}

/** When the controller last compared the Application, Unix seconds; it says so at least every few minutes while it is alive. */
export function reconciledAt(resource: JsonObject): number | undefined {
  const at = Date.parse(textAt(objectAt(resource, 'status'), 'reconciledAt')) / 1000
  return Number.isFinite(at) ? at : undefined
}

function syncStatusOf(said: Json | undefined): SyncStatus {
  return SYNC_STATUSES.find((status) => status === said) ?? 'Unknown'
}

function lastOperation(state: JsonObject): AppStatus['lastOperation'] {
  const phase = textAt(state, 'phase').slice(0, MAX_STATUS_LENGTH)
  if (phase === '') return undefined
  const finishedAt = Date.parse(textAt(state, 'finishedAt')) / 1000
  return {
    phase,
    message: textAt(state, 'message').slice(0, MAX_MESSAGE_LENGTH),
    ...(Number.isFinite(finishedAt) && { finishedAt }),
  }
}

/**
 * The commits that the controller applied last, one per source. In sync, these are the ones it compared with; else
 * those of the newest entry of the history, which holds only successful syncs of the whole Application. Empty where a
 * source's commit is not known, or where the Application had other sources then.
 */
export function appliedCommits(resource: JsonObject): readonly string[] {
  const status = objectAt(resource, 'status')
  const spec = objectAt(resource, 'spec')
  const sync = objectAt(status, 'sync')
  const newest = listAt(status, 'history').at(-1) ?? {}
  const [record, then] = sync.status === 'Synced' ? [sync, objectAt(sync, 'comparedTo')] : [newest, newest]
  if (!hasSameSources(then, spec)) return []
  const several = Array.isArray(record.revisions) ? record.revisions : []
  const commits = several.length > 0 ? several : [record.revision]
  return commits.every((commit) => typeof commit === 'string' && COMMIT.test(commit)) ? commits.map(String) : []
}

function hasSameSources(then: JsonObject, now: JsonObject): boolean {
  const before = sourceLocations(then)
  // Hydrated Applications are compared with the branch that the hydrator writes, which their spec names elsewhere.
  return (
    now.sourceHydrator !== undefined || before.length === 0 || before.join('\n') === sourceLocations(now).join('\n')
  )
}

function sourceLocations(of: JsonObject): readonly string[] {
  const several = listAt(of, 'sources')
  const sources = several.length > 0 ? several : isJsonObject(of.source) ? [of.source] : []
  return sources.map((source) => ['repoURL', 'path', 'chart'].map((key) => textAt(source, key)).join(' '))
}

/** Kinds of the objects that the controller manages for the Application: extra objects are searched among these too. */
export function managedKinds(resource: JsonObject): readonly GroupKind[] {
  const kinds = new Map<string, GroupKind>()
  for (const entry of listAt(objectAt(resource, 'status'), 'resources')) {
    const kind: GroupKind = { group: textAt(entry, 'group'), kind: textAt(entry, 'kind') }
    if (kind.kind !== '') kinds.set(groupKindText(kind), kind)
  }
  return [...kinds.values()]
}

/**
 * The part of an Application's status that is read here. The rest is most of the resource, and changes all the time.
 */
export function stripStatus(resource: JsonObject): JsonObject {
  const status = objectAt(resource, 'status')
  return {
    sync: pick(objectAt(status, 'sync'), ['status', 'revision', 'revisions', 'comparedTo']),
    health: pick(objectAt(status, 'health'), ['status']),
    operationState: pick(objectAt(status, 'operationState'), ['phase', 'message', 'finishedAt']),
    history: listAt(status, 'history')
      .slice(-1)
      .map((entry) => pick(entry, ['revision', 'revisions', 'source', 'sources'])),
    resources: managedKinds(resource).map(({ group, kind }) => ({ group, kind })),
  }
}

function pick(of: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(of).filter(([key]) => keys.includes(key)))
}
