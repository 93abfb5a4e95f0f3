import { printJson } from '../../kubernetes/serialization/json.ts'
import type { Json } from '../../model/json.ts'
import { type Difference, isNoteworthy, type ObjectState, type ObjectVerdict } from '../../model/verdicts/difference.ts'
import { VERDICT_LIMITS } from '../../model/verdicts/verdict.ts'

/** Order of importance, for when not all objects can be shown. */
const WEIGHT: Readonly<Record<ObjectState, number>> = {
  missing: 0,
  changed: 1,
  extra: 2,
  unknown: 3,
  skipped: 4,
  ignored: 5,
  synced: 6,
}

/** The objects that a verdict contains: the noteworthy ones, the most important first, up to the limit. */
export function limitObjects(objects: Iterable<ObjectVerdict>): readonly ObjectVerdict[] {
  return [...objects]
    .filter(isNoteworthy)
    .sort((one, other) => WEIGHT[one.state] - WEIGHT[other.state])
    .slice(0, VERDICT_LIMITS.objects)
}

/** An object's verdict with differences and values cut to the limits. */
export function limitObject(object: ObjectVerdict): ObjectVerdict {
  const { differences, invalidFields } = object
  return {
    ...object,
    differences: differences.slice(0, VERDICT_LIMITS.differencesPerObject).map(limitDifference),
    ...(invalidFields !== undefined && { invalidFields: invalidFields.slice(0, VERDICT_LIMITS.differencesPerObject) }),
  }
}

function limitDifference(difference: Difference): Difference {
  const { desired, live } = difference
  return {
    ...difference,
    ...(desired !== undefined && { desired: limitValue(desired) }),
    ...(live !== undefined && { live: limitValue(live) }),
  }
}

/** A value that is too long is replaced by the beginning of its text and the number of characters left out. */
function limitValue(value: Json): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  const text = typeof value === 'string' ? value : printJson(value)
  if (text.length <= VERDICT_LIMITS.valueBytes) return value
  return `${text.slice(0, VERDICT_LIMITS.valueBytes)}… (${text.length - VERDICT_LIMITS.valueBytes} more characters)`
}
