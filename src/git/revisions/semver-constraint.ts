import { comparePrereleases, compareVersions, parseVersion, type Version } from './semver.ts'

/** Whether a version satisfies a constraint. */
export type VersionConstraint = (version: Version) => boolean

/** How many parts of the version a comparison names; `1.2.x` and `1.2` name the minor. */
type Precision = 'any' | 'major' | 'minor' | 'patch'

interface Comparison {
  readonly operator: string
  readonly version: Version
  readonly precision: Precision
}

const PART = '\\d+|[xX*]'
const COMPARISON = new RegExp(
  `\\s*(=|!=|>=|=>|<=|=<|>|<|~>|~|\\^)?\\s*v?(${PART})(?:\\.(${PART}))?(?:\\.(${PART}))?` +
    '(-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?=[\\s,]|$)',
  'y',
)
const HYPHEN_RANGE = /(\S+)\s+-\s+(\S+)/g

/**
 * Reads a constraint (`1.2.*`, `>=1.0.0 <2`, `~1.2 || ^3`) with the meaning of Masterminds/semver 3.4, which Argo CD and Flux
 * resolve revisions with. It differs from npm's: `1.2` is `~1.2`, and a prerelease counts as soon as one comparison of its
 * group names any.
 * @returns undefined when it is no constraint
 */
export function parseConstraint(text: string): VersionConstraint | undefined {
  const groups = text.replaceAll(HYPHEN_RANGE, '>=$1 <=$2').split('||').map(parseGroup)
  const complete = groups.filter((group) => group !== undefined)
  if (complete.length < groups.length) return undefined
  return (version) => complete.some((group) => satisfiesAll(version, group))
}

/** The tag with the highest version that satisfies the constraint; of equal ones the first. */
export function highestTag(constraint: VersionConstraint, tags: Iterable<string>): string | undefined {
  let best: { readonly tag: string; readonly version: Version } | undefined
  for (const tag of tags) {
    const version = parseVersion(tag)
    if (version === undefined || !constraint(version)) continue
    if (best === undefined || compareVersions(version, best.version) > 0) best = { tag, version }
  }
  return best?.tag
}

function parseGroup(text: string): readonly Comparison[] | undefined {
  const comparisons: Comparison[] = []
  for (let at = 0; ; ) {
    COMPARISON.lastIndex = at
    const comparison = toComparison(COMPARISON.exec(text))
    if (comparison === undefined) return undefined
    comparisons.push(comparison)
    at = COMPARISON.lastIndex
    // Between two comparisons stands white space, which is part of the next match, or a comma.
    const rest = text.slice(at)
    if (rest.trim() === '') return comparisons
    at += /^\s*,/.exec(rest)?.[0].length ?? 0
  }
}

function toComparison(match: RegExpExecArray | null): Comparison | undefined {
  if (match === null) return undefined
  const [, operator = '', major = '', minor, patch, prerelease = ''] = match
  const open = [major, minor, patch].findIndex((part) => part === undefined || /^[xX*]$/.test(part))
  const precision: Precision = (['any', 'major', 'minor'] as const)[open] ?? 'patch'
  const numbers = [major, minor, patch].map((part, index) => (open >= 0 && index >= open ? '0' : part))
  const version = parseVersion(`${numbers.join('.')}${prerelease}`)
  return version === undefined ? undefined : { operator, version, precision }
}

function satisfiesAll(version: Version, group: readonly Comparison[]): boolean {
  const prereleases = group.some((comparison) => comparison.version.prerelease !== '')
  if (version.prerelease !== '' && !prereleases) return false
  return group.every((comparison) => satisfies(version, comparison))
}

function satisfies(version: Version, comparison: Comparison): boolean {
  const order = compareVersions(version, comparison.version)
  switch (comparison.operator) {
    case '':
    case '=':
      return comparison.precision === 'patch' ? order === 0 : isNear(version, comparison, order)
    case '!=':
      return isOther(version, comparison, order)
    case '>':
      return isAbove(version, comparison, order)
    case '<':
      return order < 0
    case '>=':
    case '=>':
      return order >= 0
    case '<=':
    case '=<':
      return isUpTo(version, comparison, order)
    case '~':
    case '~>':
      return isNear(version, comparison, order)
    default:
      return isCompatible(version, comparison, order)
  }
}

/** `~1.2.3` is `>=1.2.3 <1.3`, `~1` is `>=1 <2`. `~0.0.0` and `~*` are everything. */
function isNear(version: Version, { version: wanted, precision }: Comparison, order: number): boolean {
  if (order < 0) return false
  const zero = wanted.major === 0n && wanted.minor === 0n && wanted.patch === 0n
  if (zero && (precision === 'any' || precision === 'patch')) return true
  return version.major === wanted.major && (precision === 'major' || version.minor === wanted.minor)
}

/** `!=1.2` leaves out all of 1.2. */
function isOther(version: Version, { version: wanted, precision }: Comparison, order: number): boolean {
  if (precision === 'any' || precision === 'patch') return order !== 0
  if (version.major !== wanted.major) return true
  if (precision === 'major') return false
  return version.minor !== wanted.minor || comparePrereleases(version.prerelease, wanted.prerelease) !== 0
}

/** `>1` begins with 2, `>1.2` with 1.3. */
function isAbove(version: Version, { version: wanted, precision }: Comparison, order: number): boolean {
  if (precision === 'patch' || precision === 'any') return order > 0
  if (version.major !== wanted.major) return version.major > wanted.major
  return precision === 'minor' && version.minor > wanted.minor
}

/** `<=1` ends with the last of 1, `<=1.2` with the last of 1.2. */
function isUpTo(version: Version, { version: wanted, precision }: Comparison, order: number): boolean {
  if (precision === 'patch') return order <= 0
  if (version.major !== wanted.major) return version.major < wanted.major
  return precision === 'major' || version.minor <= wanted.minor
}

/** `^1.2.3` is `>=1.2.3 <2`, `^0.2.3` is `>=0.2.3 <0.3`, `^0.0.3` is 0.0.3 alone. */
function isCompatible(version: Version, { version: wanted, precision }: Comparison, order: number): boolean {
  if (order < 0 || version.major !== wanted.major) return false
  if (wanted.major > 0n || precision === 'major') return true
  if (version.minor !== wanted.minor) return false
  return wanted.minor > 0n || precision === 'minor' || version.patch === wanted.patch
}
