import { compareDryRun } from '../../drift/compare-dry-run.ts'
import { type CompareInput, compareObject } from '../../drift/compare-object.ts'
import { type MatchedIgnores, matchIgnores, resolveIgnores } from '../../drift/match-ignores.ts'
import { objectPolicyOf } from '../../drift/object-policy.ts'
import { isArgoHook, isHelmHook } from '../../kubernetes/hooks.ts'
import { groupVersion } from '../../kubernetes/object.ts'
import type { App } from '../../model/apps/app.ts'
import type { ComparePolicy } from '../../model/apps/policy.ts'
import { CodedError, type Failure } from '../../model/failure.ts'
import { groupKindText, type KubernetesObject } from '../../model/object.ts'
import type { ReleaseComparison } from '../../model/sources/rendering.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { AppState } from '../app-state.ts'
import { isInScope } from '../desired/kind-scope.ts'
import { comparedNamespace } from '../desired/managed-namespace.ts'
import { notPermitted } from '../desired/object-permission.ts'
import { appliedObject } from '../desired/placement.ts'
import { redactedAlike } from '../desired/redacted-alike.ts'
import { tenantOf } from '../desired/render-request.ts'
import { normalizeTracking } from '../desired/tracking-mark.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { type StreamedObject, unpackLive } from '../live/live-object.ts'
import type { PointerQuery } from '../ports.ts'
import type { ObjectRecord } from './app-objects.ts'
import { applyingManager } from './applying-manager.ts'
import { isPrunable } from './extra-object.ts'
import { comparisonOf, isKnownSynced, noteSynced } from './known-synced.ts'

/**
 * The verdict of one object, or a promise of one where the API server or the sandbox has to answer first. `pending`
 * while the live object is not known yet, `gone` when it is neither declared nor live.
 */
export type Judgement = ObjectVerdict | Promise<ObjectVerdict> | 'pending' | 'gone'

export interface JudgePorts {
  readonly queryPointers: PointerQuery
  readonly signal: AbortSignal
}

export interface JudgeInput {
  readonly appState: AppState
  readonly record: ObjectRecord
  readonly cluster: ClusterState
  readonly ports: JudgePorts
  readonly streamed?: StreamedObject | undefined
}

/**
 * Compares one object: at once where possible, by a promise where the API server or the sandbox has to answer.
 */
export function judgeObject(input: JudgeInput): Judgement {
  const { appState, record, cluster, streamed } = input
  const { key, keyText, declared } = record
  if (declared?.compared !== undefined) return releaseVerdict(record, declared.compared)
  if (key.kind === 'Secret' && key.group === '' && appState.app.policy.secrets === 'skip')
    return declared === undefined ? 'gone' : stateOnly(record, 'skipped', SECRETS_SKIPPED)
  if (!isInScope(key, appState.app.policy.kinds)) return declared === undefined ? 'gone' : stateOnly(record, 'ignored')
  const refused = notPermitted(key, appState.app.permission, cluster.capabilities)
  if (refused !== undefined) return notLookedAt(record, refused)
  if (declared !== undefined && key.name === '') return stateOnly(record, 'unknown', nameless(appState))
  if (declared !== undefined && !isServed(input))
    return isDefined(input) ? judgeDeclared(input, undefined) : notServed(input)
  const unserved = declared === undefined ? undefined : unservedVersion(input, declared.apiVersion)
  if (unserved !== undefined) return stateOnly(record, 'unknown', unserved)
  const liveState = streamed === undefined ? cluster.look(key, keyText) : ({ state: 'streamed' } as const)
  switch (liveState.state) {
    case 'pending':
    case 'unreached':
      return 'pending'
    case 'unknown':
      return liveState.reason.code === 'GDE_CLUSTER_KIND' && isDefined(input)
        ? judgeDeclared(input, undefined)
        : stateOnly(record, 'unknown', liveState.reason)
    case 'absent':
      return declared === undefined ? 'gone' : judgeDeclared(input, undefined)
    case 'streamed':
    case 'present': {
      const content = liveState.state === 'present' ? liveState.live.content : streamed?.content
      if (content === undefined) return 'pending'
      const comparison = comparisonOf(appState.app, declared, cluster)
      if (comparison !== undefined && isKnownSynced(content, comparison)) return stateOnly(record, 'synced')
      const live = liveState.state === 'present' ? unpackLive(liveState.live) : streamed?.object
      if (live === undefined) return 'pending'
      if (declared === undefined) return judgeExtra(input, live)
      const verdict = judgeDeclared(input, live)
      noteSynced(content, comparison, verdict, live.apiVersion)
      return verdict
    }
    default:
      return liveState satisfies never
  }
}

/** Nothing of it is read from the destination: the renderer compared it. */
function releaseVerdict(record: ObjectRecord, compared: ReleaseComparison): ObjectVerdict {
  const { differences, cause, unknown } = compared
  if (differences.length === 0) return stateOnly(record, 'unknown', unknown)
  return { ...stateOnly(record, 'changed'), differences, cause }
}

/** Of what is not declared nothing is told, as in Argo CD; a namespace that is only looked after is no difference there either. */
function notLookedAt(record: ObjectRecord, refused: Failure): Judgement {
  if (record.declared === undefined) return 'gone'
  return record.declared.managed === true ? stateOnly(record, 'ignored') : stateOnly(record, 'unknown', refused)
}

/** Without discovery the scope of a kind is unknown, and with it the namespace of the object. */
function isServed({ cluster, record }: JudgeInput): boolean {
  return cluster.capabilities?.kind(record.key) !== undefined
}

/** What is declared in a version that is not served cannot be applied, whatever the cluster holds in another one. */
function unservedVersion({ cluster, record }: JudgeInput, apiVersion: string): Failure | undefined {
  const served = cluster.capabilities?.kind(record.key)
  const { version } = groupVersion(apiVersion)
  if (served === undefined || served.versionsGuessed === true || served.versions.includes(version)) return undefined
  const kind = groupKindText(record.key)
  const message = `${kind} is declared in ${version}, which the cluster does not serve (it serves ${served.versions.join(', ')}): it cannot be applied`
  return { code: 'GDE_CLUSTER_KIND', cluster: cluster.spec.name, message }
}

/** The app defines the kind itself, so objects of it are missing, not unknown, until its CRD is applied. */
function isDefined({ appState, record }: JudgeInput): boolean {
  return appState.desired.current?.resolved.defined.has(groupKindText(record.key)) === true
}

function notServed({ cluster, record }: JudgeInput): ObjectVerdict {
  const failure = cluster.kindFailure(record.key) ?? cluster.capabilities?.failure(record.key)
  const message = `the cluster does not serve ${groupKindText(record.key)}`
  return stateOnly(record, 'unknown', failure ?? { code: 'GDE_CLUSTER_KIND', cluster: cluster.spec.name, message })
}

function judgeDeclared(input: JudgeInput, found: KubernetesObject | undefined): Judgement {
  const { appState, record, cluster } = input
  const { key, keyText, declared } = record
  if (declared === undefined) return 'gone'
  const { redactionKey } = cluster
  const desired = redactedAlike(appliedObject({ key, keyText, declared }, appState.app), declared, redactionKey)
  const live = found && redactedAlike(found, declared, redactionKey)
  if (declared.managed === true) return judgeNamespace(input, desired, live)
  const policy = objectPolicyOf(appState.app.controller, desired, live)
  if (policy.compare === 'ignored') return stateOnly(record, 'ignored')
  if (live !== undefined && (declared.action === 'ifNotPresent' || policy.compare === 'ifNotPresent'))
    return stateOnly(record, 'synced')
  const comparing: CompareInput = {
    desired,
    live: live && normalizeTracking(live, desired, appState.app.tracking),
    schemas: cluster.schemas,
    policy: policy.compare === 'merge' ? mergePolicy(appState.app.policy) : appState.app.policy,
    ...(declared.unstable !== undefined && { unstable: declared.unstable }),
    ...(declared.confidential && { redactedBySource: true }),
  }
  const matched = matchIgnores(appState.app.policy.ignore, desired)
  if (live === undefined) return compareObject({ ...comparing, ignores: resolveIgnores(matched) })
  const show = (verdict: ObjectVerdict): ObjectVerdict => (mayShow(input, live) ? verdict : withoutLiveValues(verdict))
  if (matched.jqPathExpressions.length > 0 || asksServer(input, appState.app.policy))
    return askFirst(input, comparing, live, matched).then(show)
  return show(compareObject({ ...comparing, ignores: resolveIgnores(matched) }))
}

/** One that is not there is made with the first sync, as in Argo CD: what should be in it is missing, and tells that. */
function judgeNamespace(
  input: JudgeInput,
  namespace: KubernetesObject,
  found: KubernetesObject | undefined,
): ObjectVerdict {
  const { appState, record, cluster } = input
  if (found === undefined) return stateOnly(record, 'ignored')
  const { desired, live } = comparedNamespace(namespace, found, appState.app, cluster.isMarked(appState.id, found))
  const policy = mergePolicy(appState.app.policy)
  const ignores = resolveIgnores(matchIgnores(policy.ignore, desired))
  const verdict = compareObject({ desired, live, schemas: cluster.schemas, policy, ignores })
  return mayShow(input, found) ? verdict : withoutLiveValues(verdict)
}

/** The policy for objects that may have fields of others: what was added is shown, and is no drift. */
function mergePolicy(policy: ComparePolicy): ComparePolicy {
  const reported = (effect: ComparePolicy['added']) => (effect === 'drift' ? 'report' : effect)
  return { ...policy, added: reported(policy.added), addedByNobody: reported(policy.addedByNobody) }
}

/** What is redacted is not asked about: the server would take the hashes for values. */
function asksServer({ record, cluster }: JudgeInput, policy: ComparePolicy): boolean {
  const isSecret = record.key.kind === 'Secret' && record.key.group === ''
  const isRedacted = isSecret || record.declared?.redacted !== undefined
  return policy.method === 'server-side' && !isRedacted && cluster.connector.dryRunApply !== undefined
}

/** @throws CodedError why there is no answer: the state of the object is unknown then */
async function askFirst(
  input: JudgeInput,
  comparing: CompareInput,
  live: KubernetesObject,
  matched: MatchedIgnores,
): Promise<ObjectVerdict> {
  const { cluster, ports, appState } = input
  const { desired, policy } = comparing
  const expressions = matched.jqPathExpressions
  const [ofDesired = [], ofLive = []] =
    expressions.length === 0
      ? []
      : await ports.queryPointers(
          { tenant: tenantOf(appState.app), expressions, objects: [desired, live] },
          ports.signal,
        )
  const ignores = resolveIgnores(matched, { desired: ofDesired, live: ofLive })
  const { connector } = cluster
  if (!asksServer(input, appState.app.policy) || connector.dryRunApply === undefined)
    return compareObject({ ...comparing, ignores })
  const manager = applyingManager(live, policy, appState.app.controller)
  const asked = connector.dryRunApply(desired, manager, ports.signal)
  const dryRun = await (comparing.redactedBySource === true ? asked.catch(withoutDetails) : asked)
  return compareDryRun({ ...comparing, ignores }, normalizeTracking(dryRun, desired, appState.app.tracking))
}

/** Why the server refuses an object would be told with its values, into which a Secret went. */
function withoutDetails(error: unknown): never {
  if (!(error instanceof CodedError) || error.failure.code !== 'GDE_CLUSTER_REFUSED') throw error
  throw new CodedError(
    'GDE_CLUSTER_REFUSED',
    'the server refuses it; why is not told, since values of a Secret would be in it',
  )
}

/**
 * Declaring `kube-system/x` must not be a way to read it. So live values are shown only of objects that carry the app's
 * own tracking metadata, and where the config allows it.
 */
function mayShow({ appState, record, cluster }: JudgeInput, live: KubernetesObject): boolean {
  const { namespace } = record.key
  const isShown = (shown: string): boolean => shown === '*' || (namespace !== '' && shown === namespace)
  return appState.app.showValues?.some(isShown) === true || cluster.isMarked(appState.id, live)
}

function withoutLiveValues(verdict: ObjectVerdict): ObjectVerdict {
  // Display paths name list items by their values, which must not be shown either.
  const differences = verdict.differences.map(({ live, displayPath, ...difference }) => {
    if (live === undefined) return { ...difference, ...(displayPath && { displayPath }) }
    // What is redacted on both sides stays so: `withheld` says that the declared value may be shown.
    return difference.redacted === true
      ? difference
      : { ...difference, redacted: true as const, withheld: true as const }
  })
  return { ...verdict, differences }
}

/**
 * Judges an object that the app tracks and does not declare. Hooks are left out: the controller creates and deletes
 * them.
 */
function judgeExtra({ appState, record, cluster }: JudgeInput, live: KubernetesObject): Judgement {
  if (!cluster.isMarked(appState.id, live)) return 'gone'
  if (appState.desired.current?.resolved.skipped.has(record.keyText)) return 'gone'
  if (isHook(appState.app, live)) return 'gone'
  const { app, desired } = appState
  const former = desired.current?.resolved.former ?? NOTHING
  if (!isPrunable(app, live, record.keyText, { inventories: cluster.inventories, former })) return 'gone'
  const { extraIgnored } = objectPolicyOf(app.controller, undefined, live)
  const verdict = { ...stateOnly(record, extraIgnored ? 'ignored' : 'extra'), version: versionOf(live.apiVersion) }
  const isLeft = app.pruning?.by === 'inventory' && !app.pruning.isEnabled
  return isLeft && !extraIgnored ? { ...verdict, effect: 'report' } : verdict
}

const NOTHING: ReadonlySet<string> = new Set()

/** To kustomize-controller the annotations of hooks are annotations like any other. Apps of the config file are Argo CD's by their words. */
function isHook({ controller, kind }: App, live: KubernetesObject): boolean {
  if (controller === 'argocd' || controller === 'static') return isArgoHook(live)
  return kind !== 'Kustomization' && isHelmHook(live)
}

const SECRETS_SKIPPED: Failure = {
  code: 'GDE_NOT_PERMITTED',
  message: 'Secrets are neither read nor compared (comparing.secrets: skip)',
}

function nameless(appState: AppState): Failure {
  return {
    code: 'GDE_RENDER_OBJECT',
    app: appState.app.name,
    message: 'it has generateName and no name, so which live object it is cannot be told',
  }
}

export function stateOnly(record: ObjectRecord, state: ObjectVerdict['state'], reason?: Failure): ObjectVerdict {
  return {
    key: record.key,
    version: versionOf(record.declared?.apiVersion ?? ''),
    state,
    differences: [],
    ...(reason !== undefined && { reason }),
  }
}

function versionOf(apiVersion: string): string {
  return groupVersion(apiVersion).version
}
