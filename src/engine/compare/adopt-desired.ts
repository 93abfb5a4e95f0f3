import { type GroupKind, groupKindText } from '../../model/object.ts'
import type { AppState } from '../app-state.ts'
import type { DesiredState } from '../desired/desired-state.ts'
import { isInScope } from '../desired/kind-scope.ts'
import type { ResolvedObjects } from '../desired/placement.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import type { ObjectRecord } from './app-objects.ts'
import type { EvaluationPorts } from './evaluation-ports.ts'
import { judge } from './update-record.ts'

/** Kinds that an app declared earlier, newest last; one that renames its kinds all the time shall not have all watched. */
const MAX_KINDS = 100

/** Makes a rendering the app's desired state, and judges the objects that it concerns. */
export async function adoptDesired(
  appState: AppState,
  cluster: ClusterState,
  found: Omit<DesiredState, 'baseline'>,
  all: boolean,
  ports: EvaluationPorts,
): Promise<void> {
  const { desired, objects, reported } = appState
  const before = desired.current?.baseline
  ports.beforeAdopting(appState)
  const baseline = desired.adopt(found)
  desired.setKinds(knownKinds(appState, found.resolved))
  cluster.use(appState.id, kindsToWatch(appState))
  const changed = withdrawObjects(appState, cluster, found.resolved)
  const unsettled: ObjectRecord[] = []
  for (const { key, keyText, declared } of found.resolved.objects.values()) {
    const known = objects.records.get(keyText)
    const record = known ?? objects.open(key, keyText, before)
    if (
      known?.declared?.packed !== declared.packed ||
      known.declared.action !== declared.action ||
      known.declared.compared !== declared.compared
    )
      changed.add(record)
    // The cluster may serve by now what it did not before.
    else if (known.state === 'unknown' || known.state === 'pending') unsettled.push(record)
    // What was in sync with the same desired state before is so now.
    else if (known.state === 'synced' || known.state === 'ignored') objects.setBaseline(record, baseline)
    objects.declare(record, declared)
    cluster.declare(appState.id, key, keyText)
  }
  // Commits of the first rendering may have been there for long: they say nothing of how quickly commits become live.
  if (before !== undefined && baseline !== before && changed.size > 0) reported.noteCommit(ports.now())
  for (const record of all ? objects.records.values() : unsettled) changed.add(record)
  for (const [keyText, key] of cluster.markedObjects(appState.id))
    if (!objects.records.has(keyText)) changed.add(objects.open(key, keyText, before))
  for (const record of changed) {
    judge({ appState, record, cluster, ports }, () => ports.onLate(appState))
    await ports.slice.yieldIfBusy()
    // What a newer one adopted meanwhile is its to judge.
    if (desired.current?.baseline !== baseline || appState.removed) return
  }
}

/** What is declared no more: `extra` if it is live and the app has a mark that tells so. */
function withdrawObjects(appState: AppState, cluster: ClusterState, resolved: ResolvedObjects): Set<ObjectRecord> {
  const { app, id, objects } = appState
  const withdrawn = new Set<ObjectRecord>()
  for (const record of objects.records.values()) {
    if (record.declared === undefined || resolved.objects.has(record.keyText)) continue
    const wasCompared = record.declared.compared !== undefined
    objects.declare(record, undefined)
    cluster.undeclare(id, record.key, record.keyText)
    if (app.tracking.method === 'none' || wasCompared) objects.remove(record)
    else withdrawn.add(record)
  }
  return withdrawn
}

function knownKinds({ app, desired }: AppState, resolved: ResolvedObjects): ReadonlyMap<string, GroupKind> {
  const earlier = app.tracking.method === 'none' ? NO_KINDS : desired.kinds
  const declared = declaredKinds(resolved)
  const applied = app.appliedKinds ?? []
  const isAll = (earlier.size === 0 || earlier === declared) && applied.length + resolved.formerKinds.length === 0
  if (isAll) return declared
  const kinds = new Map(
    [...earlier.values(), ...applied, ...resolved.formerKinds, ...declared.values()].map(
      ({ group, kind }) => [groupKindText({ group, kind }), { group, kind }] as const,
    ),
  )
  let surplus = kinds.size - Math.max(MAX_KINDS, declared.size)
  for (const text of kinds.keys()) {
    if (surplus <= 0) break
    if (declared.has(text)) continue
    kinds.delete(text)
    surplus -= 1
  }
  return kinds
}

const NO_KINDS: ReadonlyMap<string, GroupKind> = new Map()

/** Made once of what apps share. */
const kindsOf = new WeakMap<ResolvedObjects['objects'], ReadonlyMap<string, GroupKind>>()

/** By text. */
export function declaredKinds({ objects }: ResolvedObjects): ReadonlyMap<string, GroupKind> {
  const known = kindsOf.get(objects)
  if (known !== undefined) return known
  const kinds = new Map<string, GroupKind>()
  for (const { key, declared } of objects.values())
    if (declared.compared === undefined) kinds.set(groupKindText(key), { group: key.group, kind: key.kind })
  kindsOf.set(objects, kinds)
  return kinds
}

/** Where Secrets are skipped, the right to read them is not needed. */
function kindsToWatch({ app, desired }: AppState): ReadonlyMap<string, GroupKind> {
  if (app.policy.secrets !== 'skip' && app.policy.kinds === undefined) return desired.kinds
  const isSkipped = ({ group, kind }: GroupKind): boolean =>
    app.policy.secrets === 'skip' && group === '' && kind === 'Secret'
  return new Map([...desired.kinds].filter(([, kind]) => !isSkipped(kind) && isInScope(kind, app.policy.kinds)))
}
