/** Apps of which the exporter says something else than their controller. */
export interface KnownDifference {
  /** Keys of apps, `controller/name@cluster`. */
  readonly apps: readonly string[]
  /** All that the exporter tells of each of them; see differencesOf. */
  readonly told: readonly string[]
  /** Why that is right, or what is wrong with it. */
  readonly why: string
}

/** Where the exporter is right, or knows more. */
export const KNOWN_BETTER: readonly KnownDifference[] = []

/** Where it is wrong today: what the fix takes away. */
export const EXPECTED_FAILURES: readonly KnownDifference[] = []

export function reasonOf(list: readonly KnownDifference[], key: string): KnownDifference | undefined {
  return list.find(({ apps }) => apps.includes(key))
}
