import { CodedError, type Failure } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { ReleaseComparison } from '../../model/sources/rendering.ts'
import type { SandboxFunction } from '../../model/sources/sandbox.ts'
import type { DeclaredChart, DeclaredRelease, StoredRelease } from '../../model/sources/stored-release.ts'
import type { Difference } from '../../model/verdicts/difference.ts'
import type { Decrypt } from '../flux/render-flux.ts'
import { stringifyExactly } from '../stringify-exactly.ts'
import { readHelmStorage } from './helm-storage.ts'

export interface ComparePorts {
  readonly decrypt: Decrypt
  readonly call: (fn: SandboxFunction, input: Uint8Array) => Json
}

/** How much of an artifact's digest helm-controller appends to the version of a chart. */
const DIGEST_LENGTH = 12

/**
 * Whether what a HelmRelease declares is what was installed, in the order of helm-controller's `DetermineReleaseState`: a release that is
 * pending, failed or somebody else's first, then chart, version and values, then what its digests say of post-renderers and common
 * metadata. A release is somebody else's by its revision, or by what helm-controller recorded of it: what it stored may have been edited. Values are
 * never told, only where they differ: a Secret may be among their sources.
 * @throws CodedError `GDE_HELM_STORAGE`, `GDE_TOO_LARGE`, `GDE_RENDER_HELM`
 */
export function compareRelease(
  declared: DeclaredRelease,
  stored: StoredRelease,
  ports: ComparePorts,
): ReleaseComparison & { readonly warnings: readonly Failure[] } {
  const { name, namespace, newest, observed } = declared
  const status = newest.status === 'deployed' ? [] : [changed('/status/history/0/status', 'deployed', newest.status)]
  const isOthers = status.length === 0 && observed !== undefined && observed.version !== newest.version
  const others = isOthers ? [changed('/status/history/0/version', observed.version, newest.version)] : []
  const installed = readHelmStorage(ports.decrypt(stored.storage))
  const { differences, warnings, release } = compareInstalled(declared, installed, ports)
  const isEdited = status.length === 0 && !isOthers && release === 'other'
  const foreign = isEdited ? [hidden('/status/history/0/digest', 'changed')] : others
  const byGit = [...status, ...differences, ...declared.changed.map((path) => hidden(path, 'changed'))]
  return {
    name,
    namespace,
    differences: [...foreign, ...byGit],
    cause: foreign.length === 0 ? 'git' : byGit.length === 0 ? 'live' : 'both',
    ...unknownOf(declared, release === 'unknown'),
    warnings,
  }
}

function compareInstalled(declared: DeclaredRelease, installed: JsonObject, { decrypt, call }: ComparePorts) {
  const { chart, values, valuesFrom } = declared
  const { name, version } = installedChart(installed)
  const isReadable = !('code' in valuesFrom)
  const given = (isReadable ? valuesFrom : []).map(({ text, ...from }) => ({
    ...from,
    text: 'plain' in text ? text.plain : decrypt(text.encrypted),
  }))
  const input = {
    valuesFrom: given,
    values,
    installed: isJsonObject(installed.config) ? installed.config : {},
    version: chart.version ?? '',
    installedVersion: version,
    ignoreMetadata: chart.ignoreMetadata,
    ...observedOf(declared, installed),
  }
  const answer = call('fluxRelease', Buffer.from(stringifyExactly(input)))
  if (!isJsonObject(answer)) throw new CodedError('GDE_INTERNAL', 'the sandbox answers no object')
  const differences: Difference[] = []
  if (chart.name !== undefined && chart.name !== name) differences.push(changed(chart.namePath, chart.name, name))
  const digest = digestDifference(chart, version)
  if (answer.version === 'other') differences.push(changed(chart.versionPath, chart.version ?? '', version))
  else if (digest !== undefined) differences.push(digest)
  if (isReadable) differences.push(...valueDifferences(answer.values))
  const isOpen = differences.length === 0 && (answer.version === 'inRange' || answer.version === 'unknown')
  const warnings = isOpen && chart.digest === undefined ? [newestUnknown(chart, version)] : []
  return { differences, warnings, release: answer.release }
}

/** What helm-controller makes its digest of; the chart's templates, which are most of a release, have no part in it. */
function observedOf({ observed, newest }: DeclaredRelease, installed: JsonObject): JsonObject {
  if (observed?.digest === undefined || observed.version !== newest.version) return {}
  const { chart, ...rest } = installed
  const metadata = isJsonObject(chart) ? (chart.metadata ?? null) : null
  const { digest, ociDigest } = observed
  return { observed: { digest, ociDigest, stored: { ...rest, chart: { metadata } } } }
}

function installedChart({ chart }: JsonObject): { readonly name: string; readonly version: string } {
  const metadata = isJsonObject(chart) && isJsonObject(chart.metadata) ? chart.metadata : {}
  const { name, version } = metadata
  if (typeof name !== 'string' || typeof version !== 'string')
    throw new CodedError('GDE_HELM_STORAGE', 'the release does not say which chart was installed')
  return { name, version }
}

/** Only where helm-controller recorded a digest: with `DisableChartDigestTracking` it does not. */
function digestDifference({ digest, versionPath }: DeclaredChart, version: string): Difference | undefined {
  const wanted = digest?.split(':')[1]?.slice(0, DIGEST_LENGTH)
  const recorded = /\+([0-9a-f]{12})$/.exec(version)?.[1]
  if (wanted === undefined || recorded === undefined || wanted === recorded) return undefined
  return changed(versionPath, digest ?? '', version)
}

function valueDifferences(found: Json | undefined): readonly Difference[] {
  if (!Array.isArray(found)) return []
  return found.flatMap((one) => {
    if (!isJsonObject(one) || typeof one.path !== 'string') return []
    const kind = one.class === 'missing' || one.class === 'removed' ? one.class : 'changed'
    return [hidden(`/spec/values${one.path}`, kind)]
  })
}

function changed(path: string, desired: Json, live: Json): Difference {
  return { path, class: 'changed', effect: 'drift', desired, live }
}

function hidden(path: string, kind: Difference['class']): Difference {
  return { path, class: kind, effect: 'drift', redacted: true }
}

function unknownOf(
  { valuesFrom, undetermined: paths }: DeclaredRelease,
  hasOtherDigest: boolean,
): Pick<ReleaseComparison, 'unknown'> {
  if ('code' in valuesFrom)
    return {
      unknown: { ...valuesFrom, message: `whether the values were installed cannot be told: ${valuesFrom.message}` },
    }
  if (hasOtherDigest) return { unknown: { code: 'GDE_HELM_STORAGE', message: OTHER_DIGEST } }
  return paths.length === 0 ? {} : { unknown: undetermined(paths) }
}

const OTHER_DIGEST =
  'whether what Helm stored is what helm-controller installed cannot be told: its digest is of an algorithm that is not had here'

function undetermined(paths: readonly string[]): Failure {
  return {
    code: 'GDE_HELM_STORAGE',
    message: `whether ${paths.join(' and ')} went into the release cannot be told: helm-controller recorded no digest of it`,
  }
}

function newestUnknown({ version }: DeclaredChart, installed: string): Failure {
  return {
    code: 'GDE_CHART_NEWEST_UNKNOWN',
    message:
      version === undefined
        ? `which version of the chart is declared is not known; ${installed} is installed`
        : `${installed} is installed, which ${version} allows; whether there is a newer one is not known`,
  }
}
