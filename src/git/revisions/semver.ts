/** A semantic version. Numbers are exact: Argo CD's library takes any that fit into 64 bits (build dates do). */
export interface Version {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  /** '' for a release. */
  readonly prerelease: string
}

const VERSION =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/
const LARGEST = 2n ** 64n - 1n

/** Reads a version as Argo CD's and Flux's library (Masterminds/semver 3) does: `v` before it and missing parts are fine. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text)
  if (match === null) return undefined
  const [major = 0n, minor = 0n, patch = 0n] = match.slice(1, 4).map((part) => BigInt(part ?? 0))
  const prerelease = match[4] ?? ''
  if ([major, minor, patch].some((part) => part > LARGEST)) return undefined
  // A number in a prerelease may not begin with 0.
  if (prerelease.split('.').some((part) => /^0\d+$/.test(part))) return undefined
  return { major, minor, patch, prerelease }
}

/** Negative when `a` comes before `b`; build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const part of ['major', 'minor', 'patch'] as const) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1
  return comparePrereleases(a.prerelease, b.prerelease)
}

/** A release comes after its prereleases; numbers come before words. */
export function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0
  if (a === '') return 1
  if (b === '') return -1
  const others = b.split('.')
  for (const [index, part] of a.split('.').entries()) {
    const other = others[index]
    if (other === undefined) return 1
    const order = comparePart(part, other)
    if (order !== 0) return order
  }
  return -1
}

function comparePart(a: string, b: string): number {
  if (a === b) return 0
  const numbers = [a, b].map((part) => (/^\d+$/.test(part) ? BigInt(part) : undefined))
  const [left, right] = numbers
  if (left !== undefined && right !== undefined) return left < right ? -1 : 1
  if (left !== undefined) return -1
  if (right !== undefined) return 1
  return a < b ? -1 : 1
}
