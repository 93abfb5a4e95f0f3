import { compareVersions, parseVersion, type Version } from '../git/revisions/semver.ts'
import { parseConstraint } from '../git/revisions/semver-constraint.ts'
import { CodedError } from '../model/failure.ts'

/** How many of the newest an error names. */
const NAMED = 5

/**
 * Indexes of the versions that are the best for what is wanted: the one of that very text, else the highest in the range; several where
 * only build metadata differs. A range means what it means for Masterminds/semver, which Helm, Argo CD and Flux resolve it with.
 * @param wanted '' is the newest that is no prerelease
 * @param versions in the order in which they are listed
 * @throws CodedError `GDE_SOURCE_VERSION`, naming `what` and the newest versions
 */
export function bestVersions(wanted: string, versions: readonly string[], what: string): readonly number[] {
  const exact = wanted === '' ? -1 : versions.indexOf(wanted)
  if (exact !== -1) return [exact]
  const constraint = parseConstraint(wanted === '' ? '*' : wanted)
  if (constraint === undefined) throw missingVersion(`version "${wanted}", which is no range either`, versions, what)
  let best: Version | undefined
  let indexes: number[] = []
  for (const [index, text] of versions.entries()) {
    const version = parseVersion(text)
    if (version === undefined || !constraint(version)) continue
    const order = best === undefined ? 1 : compareVersions(version, best)
    if (order < 0) continue
    if (order > 0) {
      best = version
      indexes = []
    }
    indexes.push(index)
  }
  if (indexes.length > 0) return indexes
  throw missingVersion(wanted === '' ? 'version that is no prerelease' : `version "${wanted}"`, versions, what)
}

/** The error that names the newest of those that there are. */
export function missingVersion(wanted: string, versions: readonly string[], what: string): CodedError {
  return new CodedError('GDE_SOURCE_VERSION', `${what} has no ${wanted}${newest(versions)}`)
}

function newest(versions: readonly string[]): string {
  const parsed = versions.flatMap((text) => {
    const version = parseVersion(text)
    return version === undefined ? [] : [{ text, version }]
  })
  parsed.sort((a, b) => compareVersions(b.version, a.version))
  const names = parsed.slice(0, NAMED).map(({ text }) => text)
  if (names.length > 0) return `; the newest of ${versions.length} are ${names.join(', ')}`
  const others = versions.slice(0, NAMED)
  return others.length === 0 ? '; it has none, as far as it tells' : `; there are ${others.join(', ')}`
}
