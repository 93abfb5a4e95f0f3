import type { App, Pruning, Tracking } from '../../../model/apps/app.ts'
import { CodedError, type Failure, fromFailure } from '../../../model/failure.ts'
import { isJsonObject } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { FluxArtifact, FluxHelmSourceOptions } from '../../../model/sources/flux.ts'
import type { Source } from '../../../model/sources/source.ts'
import { releaseKey } from '../../discovery.ts'
import {
  type Fields,
  readObject,
  readObjects,
  readOptionalFlag,
  readOptionalObject,
  readText,
  readTexts,
} from '../../fields/fields.ts'
import { neverDeployed } from '../../helm/release-app.ts'
import { isCounting, type StoredRelease } from '../../helm/stored-release.ts'
import {
  type AppParts,
  commonAppFields,
  createErrorCollector,
  fluxPolicy,
  longestInterval,
  readAppParts,
} from '../app-parts.ts'
import { type FluxContext, requireInCluster } from '../flux-context.ts'
import { emptyParts, type MappedApp, sourcesOf } from '../kustomizations/kustomization-to-app.ts'
import { readCommonMetadata, readImages, readPatches } from '../read-build.ts'
import { remoteCluster } from '../remote-cluster.ts'
import type { ArchiveSource } from '../sources/chart-source.ts'
import { declaredRelease } from './declared-release.ts'
import { readValues, readValuesOrWhy } from './read-values.ts'
import { type ArchivedChart, attempt, type Chart, intervalOf, readChart, repositoriesOf } from './release-chart.ts'
import { releaseName } from './release-name.ts'

const MANAGERS = ['helm-controller', 'helm', 'Helm']
const TRACKING_GROUP = 'helm.toolkit.fluxcd.io'

/** Name, namespace and storage namespace of the release, from the spec. */
interface Release {
  readonly name: string
  readonly namespace: string
  readonly storageNamespace: string
}

/** Maps a HelmRelease to an app. It never throws: the first invalid field is the app's problem. */
export function helmReleaseToApp(resource: KubernetesObject, context: FluxContext): MappedApp {
  const errors = createErrorCollector()
  const parts = errors.tryRead(() => readAppParts(resource), undefined) ?? emptyParts(resource)
  const { namespace, name, spec } = parts
  const { control } = context.snapshot
  const remote = errors.tryRead(() => ({ cluster: remoteCluster(context, namespace, spec) }), undefined)
  const destination = remote === undefined ? '' : (remote.cluster?.name ?? control)
  const release = errors.tryRead(() => readRelease(spec, namespace, name), {
    name,
    namespace,
    storageNamespace: namespace,
  })
  const chart = errors.tryRead(() => readChart(context, namespace, spec, `${namespace}-${name}`), undefined)
  const desired =
    chart === undefined || remote === undefined
      ? undefined
      : errors.tryRead(() => readDesired(context, parts, chart, release, destination), undefined)
  const interval = errors.tryRead(() => longestInterval(spec, intervalOf(chart)), undefined)
  const policy = errors.tryRead(
    () => fluxPolicy(context.settings, MANAGERS, readObject(spec, 'driftDetection'), 'ignore'),
    fluxPolicy(context.settings, MANAGERS, { ...spec, value: {} }, 'ignore'),
  )
  const common = commonAppFields('HelmRelease', context.snapshot, parts, destination, errors)
  const problem = errors.problem()
  return {
    app: {
      ...common,
      sources: [],
      ...desired,
      to: { cluster: destination, server: '', namespace: release.namespace },
      tracking: trackingOf(chart, release, parts),
      pruning: pruningOf(context, (desired?.sources ?? []).length > 0, release, destination),
      policy,
      ...(interval !== undefined && { syncIntervalSeconds: interval }),
      ...(problem !== undefined && { problem: { ...problem, app: name } }),
    },
    repositories: repositoriesOf(chart),
    ...(remote?.cluster !== undefined && { cluster: remote.cluster }),
    release: releaseKey(destination, release.storageNamespace, release.name),
  }
}

/** What is stored carries the labels of the HelmRelease already, and lacks Helm's own marks. */
function trackingOf(chart: Chart | undefined, release: Release, { namespace, name }: AppParts): Tracking {
  return chart?.from === 'archive'
    ? { method: 'helm', release: release.name, namespace: release.namespace }
    : { method: 'flux', group: TRACKING_GROUP, name, namespace }
}

/**
 * Helm deletes what only the manifest before has. A chart that can be had is rendered by us, so what is installed now is what was before;
 * what is taken from the storage is what is installed.
 */
function pruningOf(
  { snapshot, encrypt }: FluxContext,
  isRendered: boolean,
  { name, namespace, storageNamespace }: Release,
  destination: string,
): Pruning {
  const lookup = snapshot.release(destination, storageNamespace, name)
  if (lookup === 'absent') return { by: 'manifest' }
  if ('failure' in lookup) return { by: 'writer' }
  const before = isRendered ? lookup.found.content : lookup.found.before
  return {
    by: 'manifest',
    ...(before !== undefined && { before: { namespace, release: name, storage: encrypt(before) } }),
  }
}

function readRelease(spec: Fields, namespace: string, name: string): Release {
  const targetNamespace = readText(spec, 'targetNamespace')
  return {
    name: releaseName(readText(spec, 'releaseName'), targetNamespace, name),
    namespace: targetNamespace || namespace,
    storageNamespace: readText(spec, 'storageNamespace') || namespace,
  }
}

/** The release that a HelmRelease stores, and where. */
export function storedReleaseOf(spec: Fields, namespace: string, name: string): Release {
  return readRelease(spec, namespace, name)
}

function readDesired(
  context: FluxContext,
  parts: AppParts,
  chart: Chart,
  release: Release,
  destination: string,
): Pick<App, 'sources' | 'storedRelease' | 'declaredRelease' | 'withoutChart'> {
  if (chart.from === 'git') {
    const { found } = chart
    const options = readSourceOptions(context, parts, { artifact: found.artifact, chart: chart.chart }, release)
    return { sources: sourcesOf(found, options, options.chart) }
  }
  if ('code' in chart.found)
    return {
      sources: [],
      ...readInstalledWithout(chart.found, () => readInstalled(context, parts, release, destination)),
    }
  return {
    sources: [archiveSource(context, parts, chart, chart.found, release)],
    ...withInstalled(context, parts, release, destination),
  }
}

/** What Helm installed, and what is declared of it. @throws CodedError why that cannot be told */
function readInstalled(
  context: FluxContext,
  parts: AppParts,
  release: Release,
  destination: string,
): Pick<App, 'storedRelease' | 'declaredRelease'> {
  const stored = requireStored(context, release, destination)
  const storedRelease = {
    namespace: release.namespace,
    release: release.name,
    storage: context.encrypt(stored.content),
  }
  const valuesFrom = readValuesOrWhy(context, parts)
  return { storedRelease, declaredRelease: declaredRelease(context, parts, valuesFrom, stored.newest) }
}

/** What Helm installed stands for a chart that cannot be had; where nothing is installed, it is the chart that is missing. */
function readInstalledWithout<T extends object>(chart: Failure, read: () => T): T {
  const installed = attempt(read)
  if (!('code' in installed)) return installed
  throw fromFailure(installed.code === 'GDE_FLUX_CLUSTER_REFERENCE' ? chart : installed)
}

/** Beside a chart that is rendered: what was installed may be unknown, and matters when the chart cannot be had. */
function withInstalled(
  context: FluxContext,
  parts: AppParts,
  release: Release,
  destination: string,
): Pick<App, 'storedRelease' | 'declaredRelease' | 'withoutChart'> {
  const installed = attempt(() => readInstalled(context, parts, release, destination))
  if ('code' in installed) return { withoutChart: { problem: installed } }
  return { ...installed, withoutChart: { pruning: pruningOf(context, false, release, destination) } }
}

function archiveSource(
  context: FluxContext,
  parts: AppParts,
  { chart, generation, isArtifact }: ArchivedChart,
  found: ArchiveSource,
  release: Release,
): Source {
  const artifact = { source: 0, ignore: '', sparse: [], submodules: false, includes: [], isPacked: true } as const
  const given = chart ?? { path: '', value: {}, code: parts.spec.code }
  const versioned = isArtifact === true && context.snapshot.controllers['helm-controller'].chartDigestTracking
  return {
    repository: found.spec.id,
    url: found.url,
    targetRevision: found.targetRevision,
    path: '',
    ...(found.chart !== undefined && { chart: found.chart }),
    ...(found.reference !== undefined && { reference: found.reference }),
    options: {
      ...readSourceOptions(context, parts, { artifact, chart: given }, release),
      chart: '',
      versionedByCommit: versioned,
      ...(generation !== undefined && { versionMetadata: String(generation) }),
    },
  }
}

function requireStored({ snapshot }: FluxContext, release: Release, destination: string): StoredRelease {
  const { name, storageNamespace } = release
  const what = `a deployed release ${name} in Helm's storage of ${storageNamespace}`
  const stored = requireInCluster(snapshot.release(destination, storageNamespace, name), what)
  if (!isCounting(stored.status)) throw fromFailure(neverDeployed(stored))
  return stored
}

function readSourceOptions(
  context: FluxContext,
  { resource, namespace, name, spec }: AppParts,
  { artifact, chart }: { readonly artifact: FluxArtifact; readonly chart: Fields },
  release: Release,
): FluxHelmSourceOptions {
  const values = readOptionalObject(spec, 'values')
  const commonMetadata = readCommonMetadata(spec)
  const upgrade = readObject(spec, 'upgrade')
  const install = readObject(spec, 'install')
  return {
    tool: 'fluxHelm',
    artifact,
    name,
    ownerNamespace: namespace,
    chart: readText(chart, 'chart'),
    valuesFiles: readTexts(chart, 'valuesFiles'),
    ignoreMissingValuesFiles: readOptionalFlag(chart, 'ignoreMissingValuesFiles') ?? false,
    versionedByCommit: readText(chart, 'reconcileStrategy') === 'Revision',
    releaseName: release.name,
    namespace: release.namespace,
    revision: deployedRevision(resource),
    valuesFrom: readObjects(spec, 'valuesFrom').flatMap((entry) => readValues(context, namespace, entry)),
    values: values?.value ?? {},
    skipSchemaValidation: [install, upgrade].some(
      (action) => readOptionalFlag(action, 'disableSchemaValidation') ?? false,
    ),
    postRenderers: readObjects(spec, 'postRenderers').map((entry) => {
      const kustomize = readObject(entry, 'kustomize')
      return { patches: readPatches(kustomize), images: readImages(kustomize) }
    }),
    postRenderStrategy: postRenderStrategy(spec),
    crds: crdsPolicy(install, readText(upgrade, 'crds')),
    ...(commonMetadata !== undefined && { commonMetadata }),
  }
}

/** helm-controller 1.6 and later: `combined`, unless told otherwise. */
function postRenderStrategy(spec: Fields): FluxHelmSourceOptions['postRenderStrategy'] {
  const strategy = readText(spec, 'postRenderStrategy') || 'combined'
  if (strategy === 'combined' || strategy === 'separate' || strategy === 'nohooks') return strategy
  throw new CodedError(spec.code, `${spec.path}.postRenderStrategy is neither combined, separate nor nohooks`)
}

/** CRDs are created at installation, and left alone by upgrades unless these replace them. */
function crdsPolicy(install: Fields, upgrade: string): FluxHelmSourceOptions['crds'] {
  if (upgrade === 'CreateReplace') return 'CreateReplace'
  const policy = readText(install, 'crds') || ((readOptionalFlag(install, 'skipCRDs') ?? false) ? 'Skip' : 'Create')
  return policy === 'Skip' && upgrade !== 'Create' ? 'Skip' : 'Create'
}

/** `.Release.Revision` of templates: the newest one of the history, 1 before the first installation. */
function deployedRevision({ status }: KubernetesObject): number {
  const history = isJsonObject(status) && Array.isArray(status.history) ? status.history : []
  const versions = history.map((entry) =>
    isJsonObject(entry) && typeof entry.version === 'number' ? entry.version : 0,
  )
  return Math.max(1, ...versions)
}
