import type { Cause } from '../model/verdicts/cause.ts'

/** The cause of the whole from those of its parts; undefined when there is none. */
export function combineCauses(causes: Iterable<Cause>): Cause | undefined {
  let combined: Cause | undefined
  for (const cause of causes) {
    if (combined !== undefined && combined !== cause) return 'both'
    combined = cause
  }
  return combined
}
