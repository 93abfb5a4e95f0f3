import type { App } from '../../model/apps/app.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { type GroupKind, groupKindText, type KubernetesObject, type ObjectKey } from '../../model/object.ts'
import type { SyncStatus } from '../../model/verdicts/verdict.ts'

type AppStatus = NonNullable<App['reportedStatus']>

/** Failures after which everything is applied all the same. */
const APPLIED_REASONS = ['HealthCheckFailed', 'HealthCheckCanceled', 'TestFailed']
/** Reasons for which the controller never got to compare. */
const WAITING_REASONS = ['ArtifactFailed', 'DependencyNotReady', 'SourceNotReady', 'Progressing', 'AccessDenied']
const MAX_MESSAGE_LENGTH = 1000

/**
 * What the controller says by the Ready condition of a Kustomization or HelmRelease. Status is written by the controller and so is as
 * hostile as everything in a cluster: invalid fields are skipped.
 */
export function reportedStatus(resource: KubernetesObject, suspended: boolean): AppStatus {
  const status = isJsonObject(resource.status) ? resource.status : {}
  const ready = readyCondition(status.conditions)
  const operation = ready === undefined ? undefined : lastOperation(ready)
  const health = ready === undefined ? undefined : healthOf(ready)
  return {
    status: ready === undefined ? 'Unknown' : statusOf(ready, isCurrent(resource, status)),
    applied: appliedCommits(resource),
    suspended,
    ...(operation !== undefined && { lastOperation: operation }),
    ...(health !== undefined && { health }),
  }
}

function readyCondition(conditions: Json | undefined): JsonObject | undefined {
  if (!Array.isArray(conditions)) return undefined
  return conditions.filter(isJsonObject).find(({ type }) => type === 'Ready')
}

/** The controller has observed the current generation of the spec. */
function isCurrent({ metadata }: KubernetesObject, { observedGeneration }: JsonObject): boolean {
  return metadata.generation === undefined || observedGeneration === metadata.generation
}

function statusOf({ status, reason }: JsonObject, isCurrentGeneration: boolean): SyncStatus {
  if (status === 'True') return isCurrentGeneration ? 'Synced' : 'Unknown'
  if (status !== 'False' || typeof reason !== 'string' || WAITING_REASONS.includes(reason)) return 'Unknown'
  return APPLIED_REASONS.includes(reason) ? 'Synced' : 'OutOfSync'
}

/** Health in Argo CD's terms. */
function healthOf({ status }: JsonObject): string {
  if (status === 'True') return 'Healthy'
  return status === 'False' ? 'Degraded' : 'Progressing'
}

function lastOperation({ status, message, lastTransitionTime }: JsonObject): AppStatus['lastOperation'] {
  const finishedAt = typeof lastTransitionTime === 'string' ? Date.parse(lastTransitionTime) / 1000 : Number.NaN
  return {
    phase: status === 'True' ? 'Succeeded' : status === 'False' ? 'Failed' : 'Running',
    message: typeof message === 'string' ? message.slice(0, MAX_MESSAGE_LENGTH) : '',
    ...(Number.isFinite(finishedAt) && { finishedAt }),
  }
}

/** `main@sha1:<commit>`, `sha1:<commit>`, and `main/<commit>` of older versions. */
const REVISION = /(?:^|[@/])(?:sha(?:1|256):)?([0-9a-f]{40}|[0-9a-f]{64})$/

/** The commit that a Kustomization says is applied; a HelmRelease names versions of charts. */
export function appliedCommits({ status }: KubernetesObject): readonly string[] {
  const revision = isJsonObject(status) ? status.lastAppliedRevision : undefined
  const commit = typeof revision === 'string' ? REVISION.exec(revision)?.[1] : undefined
  return commit === undefined ? [] : [commit]
}

/**
 * When kustomize-controller last was at work on a Kustomization, Unix seconds: it says `Ready: Unknown` as it begins and something else
 * when it is done, and newer ones note the time beside what they applied.
 */
export function lastActivity({ status }: KubernetesObject): number | undefined {
  const { conditions, history }: JsonObject = isJsonObject(status) ? status : {}
  const reconciled = Array.isArray(history) ? history.filter(isJsonObject).map((entry) => entry.lastReconciled) : []
  const times = [readyCondition(conditions)?.lastTransitionTime, ...reconciled].flatMap((time) => {
    const seconds = typeof time === 'string' ? Date.parse(time) / 1000 : Number.NaN
    return Number.isFinite(seconds) ? [seconds] : []
  })
  return times.length === 0 ? undefined : Math.max(...times)
}

/**
 * The objects in `status.inventory`, whose entries are called `<namespace>_<name>_<group>_<kind>`, with `__` for the colons of
 * RBAC names (`ParseObjMetadata` of cli-utils). An entry that cannot be read lists nothing.
 */
export function inventoryKeys({ status }: KubernetesObject): readonly ObjectKey[] {
  const inventory = isJsonObject(status) ? status.inventory : undefined
  const entries = isJsonObject(inventory) && Array.isArray(inventory.entries) ? inventory.entries : []
  return entries.flatMap((entry) => {
    const id = isJsonObject(entry) && typeof entry.id === 'string' ? entry.id : ''
    const [, namespace, name, group, kind] = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/.exec(id) ?? []
    if (namespace === undefined || name === undefined || group === undefined || kind === undefined) return []
    return [{ group, kind, namespace, name: name.replaceAll('__', ':') }]
  })
}

export function kindsOf(keys: readonly ObjectKey[]): readonly GroupKind[] {
  const kinds = new Map<string, GroupKind>()
  for (const { group, kind } of keys) kinds.set(groupKindText({ group, kind }), { group, kind })
  return [...kinds.values()]
}
