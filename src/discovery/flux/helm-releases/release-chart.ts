import type { RepositorySpec } from '../../../model/apps/inventory.ts'
import { CodedError, type Failure } from '../../../model/failure.ts'
import { type Fields, fieldsOf, readObject, readOptionalObject, readText, readTexts } from '../../fields/fields.ts'
import { sourceNamespace } from '../app-parts.ts'
import { type FluxContext, requireFound } from '../flux-context.ts'
import { unknownSource } from '../kustomizations/kustomization-to-app.ts'
import { type ArchiveSource, artifactOfRegistry, chartOfRepository, type Referrer } from '../sources/chart-source.ts'
import { type GitArtifact, gitArtifact } from '../sources/git-source.ts'
import { orServed, servedChart, servedFiles } from '../sources/served-artifact.ts'

/** Where a release's chart comes from. */
export type Chart = { readonly from: 'git'; readonly found: GitArtifact; readonly chart: Fields } | ArchivedChart

/** A chart of a Helm repository or a registry; while it cannot be had, what Helm stored stands for it. */
export interface ArchivedChart {
  readonly from: 'archive'
  readonly found: ArchiveSource | Failure
  /** `spec.chart.spec`, or the spec of the HelmChart. */
  readonly chart?: Fields
  /** The generation of the HelmChart, where the version of the chart has it. */
  readonly generation?: number
  /** It is an artifact of a registry: helm-controller puts its digest into the version. */
  readonly isArtifact?: true
}

/** How often the controller looks for a newer chart, seconds. */
export function intervalOf(chart: Chart | undefined): number | undefined {
  return chart === undefined || 'code' in chart.found ? undefined : chart.found.intervalSeconds
}

export function repositoriesOf(chart: Chart | undefined): readonly RepositorySpec[] {
  if (chart === undefined) return []
  if (chart.from === 'git') return chart.found.sources.map(({ spec }) => spec)
  return 'code' in chart.found ? [] : [chart.found.spec]
}

/**
 * The chart of a HelmRelease. Of one that cannot be had it says why, for what Helm installed is compared then.
 * @param name of the HelmChart that the controller makes
 * @throws CodedError `GDE_FLUX_*`, `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function readChart(context: FluxContext, namespace: string, spec: Fields, name: string): Chart {
  const from = { namespace, controller: 'helm-controller' } as const
  const chartRef = readOptionalObject(spec, 'chartRef')
  if (chartRef === undefined)
    return readTemplate(context, namespace, readObject(readObject(spec, 'chart'), 'spec'), name)
  const kind = readText(chartRef, 'kind')
  if (kind === 'OCIRepository')
    return { from: 'archive', found: attempt(() => artifactOfRegistry(context, from, chartRef)), isArtifact: true }
  if (kind === 'ExternalArtifact') return readServedChart(context, from, chartRef)
  if (kind !== 'HelmChart') throw unknownSource(kind, readText(chartRef, 'name'))
  const found = attempt(() => {
    const home = sourceNamespace(chartRef, namespace, context, 'helm-controller')
    const subject = `HelmChart ${home}/${readText(chartRef, 'name')}`
    const resource = requireFound(context.snapshot.chartSource('HelmChart', home, readText(chartRef, 'name')), subject)
    return { home, chart: { ...readObject(fieldsOf(resource, 'GDE_FLUX_INVALID'), 'spec'), path: subject } }
  })
  if ('code' in found) return { from: 'archive', found }
  return readTemplate(context, found.home, found.chart, readText(chartRef, 'name'))
}

/** Of what others serve the digest is in the version where the revision has one (helm-controller, isSourceWithRevisionDigest). */
function readServedChart(context: FluxContext, from: Referrer, chartRef: Fields): ArchivedChart {
  const found = attempt(() => servedChart(context, from, 'ExternalArtifact', chartRef))
  const isVersioned = !('code' in found) && found.targetRevision.includes(':')
  return { from: 'archive', found, ...(isVersioned && { isArtifact: true }) }
}

/** @param name of the HelmChart */
function readTemplate(context: FluxContext, namespace: string, chart: Fields, name: string): Chart {
  const from = { namespace, controller: 'helm-controller' } as const
  const reference = readObject(chart, 'sourceRef')
  const kind = readText(reference, 'kind')
  switch (kind) {
    case 'HelmRepository': {
      const found = attempt(() => chartOfRepository(context, from, chart))
      const generation = generationOf(context, namespace, name, chart)
      return { from: 'archive', found, chart, ...(generation !== undefined && { generation }) }
    }
    case 'GitRepository': {
      const read = () => readGit(context, namespace, reference)
      return { from: 'git', found: orServed(context, from, kind, reference, read), chart }
    }
    case 'Bucket':
      return { from: 'git', found: servedFiles(context, from, kind, reference), chart }
    default:
      throw unknownSource(kind, readText(reference, 'name'))
  }
}

/** source-controller puts the generation of the HelmChart into the version where values files are merged into the chart. */
function generationOf({ snapshot }: FluxContext, namespace: string, name: string, chart: Fields): number | undefined {
  if (readTexts(chart, 'valuesFiles').length === 0) return undefined
  const lookup = snapshot.chartSource('HelmChart', namespace, name)
  const generation = typeof lookup === 'object' && 'found' in lookup ? lookup.found.metadata.generation : undefined
  return typeof generation === 'number' ? generation : undefined
}

/** What is read, or the coded failure. */
export function attempt<T extends object>(read: () => T): T | Failure {
  try {
    return read()
  } catch (error) {
    if (error instanceof CodedError) return error.failure
    throw error
  }
}

function readGit(context: FluxContext, namespace: string, reference: Fields): GitArtifact {
  return gitArtifact(
    context,
    sourceNamespace(reference, namespace, context, 'helm-controller'),
    readText(reference, 'name'),
  )
}
