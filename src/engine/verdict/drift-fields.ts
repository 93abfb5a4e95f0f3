import { printJson } from '../../kubernetes/serialization/json.ts'
import type { ComparePolicy } from '../../model/apps/policy.ts'
import { EPISODE_LIMITS, type EpisodeField } from '../../model/journal/episode.ts'
import type { Json } from '../../model/json.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import { type Difference, isOfThisDrift } from '../../model/verdicts/difference.ts'
import { matchesName } from '../../text/star-pattern.ts'

/** How many characters of values may still be kept. */
export interface ValueBudget {
  left: number
}

/** What the journal keeps of differences: those that count, with values as far as a page shows them and as far as they are small. */
export function driftFields(
  differences: readonly Difference[],
  budget: ValueBudget,
): { readonly fields: readonly EpisodeField[]; readonly fieldsOmitted?: number } {
  const drift = differences.filter(({ effect }) => effect === 'drift')
  const fields = drift.slice(0, EPISODE_LIMITS.fieldsPerObject).map((difference) => fieldOf(difference, budget))
  const omitted = drift.length - fields.length
  return { fields, ...(omitted > 0 && { fieldsOmitted: omitted }) }
}

function fieldOf(
  { path, class: kind, desired, live, actor, redacted, withheld }: Difference,
  budget: ValueBudget,
): EpisodeField {
  const field = { path, class: kind, ...(actor !== undefined && { actor }) }
  if (redacted === true) return { ...field, redacted }
  const size = sizeOf(desired) + sizeOf(live)
  if (size > EPISODE_LIMITS.valueBytes || size > budget.left) return { ...field, omitted: true }
  budget.left -= size
  return {
    ...field,
    ...(desired !== undefined && { desired }),
    ...(live !== undefined && withheld !== true && { live }),
    ...(withheld === true && { withheld }),
  }
}

function sizeOf(value: Json | undefined): number {
  return value === undefined ? 0 : printJson(value).length
}

/**
 * When the cluster moved, Unix seconds: the earliest time that managedFields tell of a writer other than the controller.
 */
export function fieldTime(
  differences: readonly Difference[],
  cause: Cause | undefined,
  { managers }: ComparePolicy,
  lastSynced: number | undefined,
): number | undefined {
  if (cause === 'git') return undefined
  const times = differences.flatMap(({ effect, actor }) => {
    if (effect !== 'drift' || actor?.time === undefined || matchesName(managers, actor.manager)) return []
    const seconds = Date.parse(actor.time) / 1000
    return isOfThisDrift(seconds, lastSynced) ? [seconds] : []
  })
  return times.length === 0 ? undefined : Math.min(...times)
}
