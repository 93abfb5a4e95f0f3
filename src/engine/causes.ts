import { causeOf } from '../drift/cause-of.ts'
import type { Cause } from '../model/cause.ts'
import type { Capabilities } from '../model/cluster.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { AppUnit, Base, ObjectRecord } from './app-unit.ts'
import type { ClusterUnit } from './cluster-unit.ts'
import { appliedObject, type PlacedObject, placeObjects } from './desired-objects.ts'
import { requestOf } from './evaluation.ts'
import { isDrift } from './outcome.ts'
import { unpackObject } from './packed-object.ts'
import type { RenderingCache } from './rendering-cache.ts'
import type { Repositories } from './repositories.ts'

export interface CausePorts {
  readonly repositories: Repositories
  readonly renderings: RenderingCache
  readonly signal: AbortSignal
}

/**
 * Says of each object that drifted who moved. What it was last in sync with tells first: when Git still wants that, the cluster
 * moved. Else the live object's own record of what was applied (drift/), and where it has none, how the object compares with what Git
 * wanted before.
 * @returns what desired state of earlier must be had before it can be said of all of them
 */
export function explain(unit: AppUnit, cluster: ClusterUnit): readonly Base[] {
  const { desired } = unit
  const { capabilities } = cluster
  if (desired === undefined || capabilities === undefined) return []
  const wanted = new Set<Base>()
  const placements = new Map<Base, ReadonlyMap<string, PlacedObject>>()
  for (const record of unit.records.values()) {
    if (!isDrift(record.state) || record.cause !== undefined) continue
    const base = usableBase(unit, record.base)
    if (base === undefined) {
      record.cause = causeWithoutBase(record)
    } else if (isSame(base, desired.base)) {
      record.cause = 'live'
    } else if (base.rendering === undefined) {
      wanted.add(base)
    } else {
      const placed = placements.get(base) ?? placeObjects(base.rendering, unit.app, capabilities).objects
      placements.set(base, placed)
      record.cause = causeByBase(unit, record, cluster, placed.get(record.keyText))
    }
  }
  return [...wanted]
}

/** What was never seen in sync was in sync, as far as is known, with what the controller says that it applied. */
function usableBase(unit: AppUnit, base: Base | undefined): Base | undefined {
  const { applied } = unit.app
  const told =
    applied === undefined || applied.length !== unit.app.sources.length ? undefined : appliedBase(unit, applied)
  const usable = base ?? told
  return usable?.unavailable ? undefined : usable
}

function appliedBase(unit: AppUnit, commits: readonly string[]): Base {
  const base: Base = { commits }
  if (unit.applied === undefined || !isSame(unit.applied, base)) unit.applied = base
  return unit.applied
}

function isSame(one: Base, other: Base): boolean {
  return one === other || one.commits.join() === other.commits.join()
}

/** An object that was never seen was never applied; one that carries the mark and is not declared was declared once. */
function causeWithoutBase({ state, verdict }: ObjectRecord): Cause {
  return state === 'changed' ? (verdict?.cause ?? 'live') : 'git'
}

function causeByBase(
  unit: AppUnit,
  record: ObjectRecord,
  cluster: ClusterUnit,
  before: PlacedObject | undefined,
): Cause {
  const { state, verdict, held } = record
  if (state === 'missing') return before === undefined ? 'git' : 'live'
  if (state === 'extra') return before === undefined ? 'live' : 'git'
  if (before?.held.packed === held?.packed) return 'live'
  const outlook = cluster.look(record.key, record.keyText)
  if (verdict === undefined || held === undefined || outlook.state !== 'present') return verdict?.cause ?? 'live'
  const live = unpackObject(outlook.packed)
  if (hasOwnRecord(live)) return verdict.cause ?? 'live'
  const desired = appliedObject({ key: record.key, keyText: record.keyText, held }, unit.app)
  const comparing = { desired, live, schemas: cluster.schemas, policy: unit.app.policy }
  return causeOf(verdict, comparing, before === undefined ? undefined : appliedObject(before, unit.app))
}

function hasOwnRecord({ metadata: { managedFields } }: KubernetesObject): boolean {
  return Array.isArray(managedFields) && managedFields.length > 0
}

/** Renders what Git wanted at the commits of a base. What cannot be had any more (a forced push) is marked so. */
export async function fetchBase(
  unit: AppUnit,
  base: Base,
  capabilities: Capabilities,
  ports: CausePorts,
): Promise<void> {
  try {
    const revisions = await Promise.all(
      unit.app.sources.map(({ repository, targetRevision }, index) =>
        ports.repositories.resolve(repository, base.commits[index] ?? targetRevision, ports.signal),
      ),
    )
    base.rendering = await ports.renderings.get(requestOf(unit, revisions, capabilities))
  } catch {
    // The cause is then told by what the live object itself says.
    base.unavailable = true
  }
}
