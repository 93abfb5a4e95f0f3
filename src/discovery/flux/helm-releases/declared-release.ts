import { createHash } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type {
  DeclaredChart,
  DeclaredRelease,
  NewestRevision,
  ObservedRevision,
} from '../../../model/sources/stored-release.ts'
import {
  type Fields,
  fieldsOf,
  readObject,
  readObjects,
  readOptionalObject,
  readText,
  readTexts,
} from '../../fields/fields.ts'
import { type AppParts, mayRefer } from '../app-parts.ts'
import type { FluxContext } from '../flux-context.ts'
import { unknownSource } from '../kustomizations/kustomization-to-app.ts'

/** What a HelmRelease with a chart outside Git declares, for the comparison with what Helm installed. */
export function declaredRelease(
  context: FluxContext,
  { resource, namespace, name, spec }: AppParts,
  valuesFrom: DeclaredRelease['valuesFrom'],
  newest: NewestRevision,
): DeclaredRelease {
  const observed = newestObserved(resource)
  return {
    name,
    namespace,
    chart: declaredChart(context, namespace, spec),
    values: readOptionalObject(spec, 'values')?.value ?? {},
    valuesFrom,
    newest,
    ...(observed !== undefined && { observed }),
    ...changedSinceObserved(resource, spec),
  }
}

/** `apiVersion` of entries whose digest is made as it is today; that of others is not looked at (VerifyReleaseObject). */
const HISTORY_VERSION = 'v2'

function newestObserved({ status }: KubernetesObject): ObservedRevision | undefined {
  const history = isJsonObject(status) && Array.isArray(status.history) ? status.history : []
  const revisions = history.filter(isJsonObject).flatMap(({ apiVersion, version, digest, ociDigest }) => {
    if (typeof version !== 'number') return []
    const isComparable = apiVersion === HISTORY_VERSION
    return {
      version,
      ...(isComparable && { digest: typeof digest === 'string' ? digest : '' }),
      ociDigest: typeof ociDigest === 'string' ? ociDigest : '',
    }
  })
  return revisions.toSorted((one, other) => other.version - one.version).at(0)
}

/** @throws CodedError `GDE_FLUX_INVALID`, `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_…` */
function declaredChart(context: FluxContext, namespace: string, spec: Fields): DeclaredChart {
  const chartRef = readOptionalObject(spec, 'chartRef')
  if (chartRef === undefined) return chartOfTemplate(readObject(readObject(spec, 'chart'), 'spec'), '/spec/chart/spec')
  const kind = readText(chartRef, 'kind')
  const name = readText(chartRef, 'name')
  if (kind !== 'HelmChart' && kind !== 'OCIRepository' && kind !== 'ExternalArtifact') throw unknownSource(kind, name)
  const sourcedFrom = readText(chartRef, 'namespace') || namespace
  const isPermitted = sourcedFrom === namespace || mayRefer(context, 'helm-controller')
  const lookup = isPermitted ? context.snapshot.chartSource(kind, sourcedFrom, name) : 'absent'
  // What may not or cannot be read leaves the version open, and that is told; the objects are compared all the same.
  const source = typeof lookup === 'object' && 'found' in lookup ? lookup.found : undefined
  const paths = { namePath: '/spec/chartRef', versionPath: '/spec/chartRef' }
  if (source === undefined) return { ...paths, ignoreMetadata: true }
  const sourceSpec = readObject(fieldsOf(source, 'GDE_FLUX_INVALID'), 'spec')
  if (kind === 'OCIRepository') return { ...paths, ...ociVersion(readObject(sourceSpec, 'ref')), ignoreMetadata: true }
  if (kind === 'ExternalArtifact') return { ...paths, ignoreMetadata: true }
  return { ...chartOfTemplate(sourceSpec, ''), ...paths }
}

/** `spec.chart.spec` of a HelmRelease and the spec of a HelmChart have the same fields. */
function chartOfTemplate(chart: Fields, path: string): DeclaredChart {
  const paths = { namePath: `${path}/chart`, versionPath: `${path}/version` }
  const isOfRepository = readText(readObject(chart, 'sourceRef'), 'kind') === 'HelmRepository'
  if (!isOfRepository) return { ...paths, ignoreMetadata: true }
  const name = readText(chart, 'chart').split('/').at(-1) ?? ''
  return {
    ...paths,
    ...(name !== '' && { name }),
    version: readText(chart, 'version') || '*',
    // source-controller appends a generation where values files are merged into the chart.
    ignoreMetadata: readTexts(chart, 'valuesFiles').length > 0,
  }
}

/** In the order in which source-controller takes them. A tag that is no version may be moved to any. */
function ociVersion(ref: Fields): Pick<DeclaredChart, 'version' | 'digest'> {
  const [digest, semver, tag] = [readText(ref, 'digest'), readText(ref, 'semver'), readText(ref, 'tag')]
  if (digest !== '') return { digest }
  if (semver !== '') return { version: semver }
  // Tags cannot hold the plus sign.
  return /^v?\d+\.\d+\.\d+/.test(tag) ? { version: tag.replaceAll('_', '+') } : {}
}

/**
 * helm-controller compares digests of these for a generation that it has not observed (DetermineReleaseState); versions before 1.6 went by
 * what the Ready condition observed, which a conflict could move ahead. It records none where nothing is declared, so that no digest stands
 * for that, and for what was recorded by a version that knew no digests.
 */
function changedSinceObserved(
  { metadata, status }: KubernetesObject,
  spec: Fields,
): Pick<DeclaredRelease, 'changed' | 'undetermined'> {
  const found = isJsonObject(status) ? status : {}
  const ready = Array.isArray(found.conditions)
    ? found.conditions.filter(isJsonObject).find(({ type }) => type === 'Ready')
    : undefined
  const observed = found.observedGeneration ?? ready?.observedGeneration
  if (ready === undefined || observed === metadata.generation) return { changed: [], undetermined: [] }
  const changed: string[] = []
  const undetermined: string[] = []
  for (const [path, declared, recorded] of [
    ['/spec/postRenderers', postRenderers(spec), found.observedPostRenderersDigest],
    ['/spec/commonMetadata', commonMetadata(spec), found.observedCommonMetadataDigest],
  ] as const) {
    const isRecorded = typeof recorded === 'string' && recorded !== ''
    if (!isRecorded && declared !== undefined) undetermined.push(path)
    if (isRecorded && (declared === undefined || digestOf(declared) !== recorded)) changed.push(path)
  }
  return { changed, undetermined }
}

/** As Go encodes the fields of the API's types: in their order, without what is empty. */
function postRenderers(spec: Fields): Json | undefined {
  if (!Array.isArray(spec.value.postRenderers)) return undefined
  return readObjects(spec, 'postRenderers').map((entry) => {
    const kustomize = readOptionalObject(entry, 'kustomize')
    if (kustomize === undefined) return {}
    const patches = readObjects(kustomize, 'patches').map((patch) => {
      const target = readOptionalObject(patch, 'target')
      return { patch: readText(patch, 'patch'), ...(target !== undefined && { target: filled(target, SELECTOR) }) }
    })
    const images = readObjects(kustomize, 'images').map((image) => ({
      name: readText(image, 'name'),
      ...filled(image, ['newName', 'newTag', 'digest']),
    }))
    return { kustomize: { ...(patches.length > 0 && { patches }), ...(images.length > 0 && { images }) } }
  })
}

const SELECTOR = ['group', 'version', 'kind', 'namespace', 'name', 'annotationSelector', 'labelSelector'] as const

function filled(of: Fields, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.map((key) => [key, readText(of, key)] as const).filter(([, value]) => value !== ''))
}

function commonMetadata(spec: Fields): Json | undefined {
  const metadata = readOptionalObject(spec, 'commonMetadata')
  if (metadata === undefined) return undefined
  const maps = ['annotations', 'labels'].map((key) => [key, sortedMap(metadata.value[key])] as const)
  return Object.fromEntries(maps.filter(([, map]) => Object.keys(map).length > 0))
}

function sortedMap(value: Json | undefined): JsonObject {
  const entries = Object.entries(isJsonObject(value) ? value : {})
  return Object.fromEntries(
    entries.toSorted(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
  )
}

/** `json.Encoder` of Go escapes what HTML could take for markup, and ends with a line break. */
function digestOf(value: Json): string {
  const text = JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `sha256:${createHash('sha256').update(`${text}\n`).digest('hex')}`
}
