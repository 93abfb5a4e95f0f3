import { hash } from 'node:crypto'
import type { ComparePolicy } from '../../model/apps/policy.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import type { Actor, ObjectVerdict } from '../../model/verdicts/difference.ts'
import type { ActorClass, ManualChanges } from '../../model/verdicts/persistent-values.ts'
import { matchesName } from '../../text/star-pattern.ts'
import type { ObjectRecord } from '../compare/app-objects.ts'

/** With more changes present at the same time than this, the oldest may be counted again. */
const MAX_SEEN = 200
/** Prefix for changes without a time: such a change counts again only after it was gone for one evaluation. */
const TIMELESS = '-'

/**
 * Adds the changes that the app's objects show now. Each change by somebody other than the GitOps manager counts once
 * per object, manager and time. Deleted objects and fields without an owner have neither manager nor time, and count
 * once until the object is in sync again.
 */
export function countManualChanges(
  before: ManualChanges,
  records: ReadonlyMap<string, ObjectRecord>,
  causeOf: (record: ObjectRecord) => Cause | undefined,
  policy: ComparePolicy,
): ManualChanges {
  const present = new Map<string, ActorClass>()
  for (const record of records.values())
    for (const actor of actorsOf(record, causeOf(record), policy))
      present.set(markOf(record.keyText, actor), classOf(actor, policy))
  const known = new Set(before.seen.filter((mark) => !mark.startsWith(TIMELESS) || present.has(mark)))
  const added = [...present].filter(([mark]) => !known.has(mark))
  if (added.length === 0 && known.size === before.seen.length) return before
  const counts = { ...before.counts }
  for (const [, actorClass] of added) counts[actorClass] += 1
  return { counts, seen: [...known, ...added.map(([mark]) => mark)].slice(-MAX_SEEN) }
}

function actorsOf(
  { state, verdict }: ObjectRecord,
  cause: Cause | undefined,
  policy: ComparePolicy,
): readonly (Actor | undefined)[] {
  if (state === 'missing') return cause === 'live' ? [undefined] : []
  return verdict === undefined ? [] : madeBy(verdict, policy)
}

/** The writers of differences, without the GitOps manager: what that wrote comes from Git. */
function madeBy({ differences }: ObjectVerdict, { managers }: ComparePolicy): readonly (Actor | undefined)[] {
  return differences.flatMap(({ class: kind, actor, effect, unattributed }) => {
    // What admission adds, nobody changed.
    const isAdmission = unattributed === 'nobody' && effect !== 'drift'
    if (actor === undefined) return kind === 'added' && !isAdmission ? [undefined] : []
    return matchesName(managers, actor.manager) ? [] : [actor]
  })
}

function classOf(actor: Actor | undefined, { manualManagers }: ComparePolicy): ActorClass {
  if (actor === undefined) return 'unknown'
  return matchesName(manualManagers, actor.manager) ? 'person' : 'controller'
}

function markOf(keyText: string, actor: Actor | undefined): string {
  const text = hash('sha256', JSON.stringify([keyText, actor?.manager, actor?.time]), 'base64url').slice(0, 16)
  return actor?.time === undefined ? `${TIMELESS}${text}` : `+${text}`
}
