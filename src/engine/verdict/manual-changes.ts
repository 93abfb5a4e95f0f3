import { createHash } from 'node:crypto'
import type { Cause } from '../../model/cause.ts'
import type { Actor, ObjectVerdict } from '../../model/difference.ts'
import type { ComparePolicy } from '../../model/policy.ts'
import { matchesName } from '../../text/star-pattern.ts'
import type { ObjectRecord } from '../compare/app-objects.ts'
import type { ActorClass, ManualChanges } from '../state/manual-change-counts.ts'

/** Beyond that many changes that are there at once, the first may be counted again. */
const MAX_SEEN = 200
/** What has no time can only be told apart by its having gone in between. */
const TIMELESS = '-'

/**
 * The count with what the app's objects show now: each change by somebody other than the GitOps manager once, by object, manager and time.
 * What was deleted, and what nobody owns, has neither, and counts once until the object is as it should be.
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

/** Who wrote what Git does not want, the GitOps manager apart: what that wrote, Git wanted once. */
function madeBy({ differences }: ObjectVerdict, { managers }: ComparePolicy): readonly (Actor | undefined)[] {
  return differences.flatMap(({ class: kind, actor }) => {
    if (actor === undefined) return kind === 'added' ? [undefined] : []
    return matchesName(managers, actor.manager) ? [] : [actor]
  })
}

function classOf(actor: Actor | undefined, { manualManagers }: ComparePolicy): ActorClass {
  if (actor === undefined) return 'unknown'
  return matchesName(manualManagers, actor.manager) ? 'person' : 'controller'
}

function markOf(keyText: string, actor: Actor | undefined): string {
  const hash = createHash('sha256').update(JSON.stringify([keyText, actor?.manager, actor?.time]))
  const text = hash.digest('base64url').slice(0, 16)
  return actor?.time === undefined ? `${TIMELESS}${text}` : `+${text}`
}
