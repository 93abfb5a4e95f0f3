import type { App, Pruning, Tracking } from '../../../model/apps/app.ts'
import { CodedError, fromFailure } from '../../../model/failure.ts'
import { isJsonObject } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { FluxHelmSourceOptions } from '../../../model/sources/flux.ts'
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
  sourceNamespace,
} from '../app-parts.ts'
import { type FluxContext, requireFound } from '../flux-context.ts'
import { emptyParts, type MappedApp, sourcesOf, unsupportedSource } from '../kustomizations/kustomization-to-app.ts'
import { readCommonMetadata, readImages, readPatches } from '../read-build.ts'
import { remoteCluster } from '../remote-cluster.ts'
import { type GitArtifact, gitArtifact } from '../sources/git-source.ts'
import { declaredRelease } from './declared-release.ts'
import { readValues, readValuesOrWhy } from './read-values.ts'
import { releaseName } from './release-name.ts'

const MANAGERS = ['helm-controller', 'helm', 'Helm']
const TRACKING_GROUP = 'helm.toolkit.fluxcd.io'

/** Where a release's desired state comes from: its chart in Git, or what Helm stored of it. */
type Chart =
  | { readonly from: 'git'; readonly found: GitArtifact; readonly chart: Fields }
  | { readonly from: 'storage' }

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
  const chart = errors.tryRead(() => readChart(context, namespace, spec), undefined)
  const desired =
    chart === undefined || remote === undefined
      ? undefined
      : errors.tryRead(() => readDesired(context, parts, chart, release, destination), undefined)
  const interval = errors.tryRead(
    () => longestInterval(spec, chart?.from === 'git' ? chart.found.intervalSeconds : undefined),
    undefined,
  )
  const policy = errors.tryRead(
    () => fluxPolicy(context.settings, MANAGERS, readObject(spec, 'driftDetection'), 'ignore'),
    fluxPolicy(context.settings, MANAGERS, { ...spec, value: {} }, 'ignore'),
  )
  const common = commonAppFields('HelmRelease', control, parts, destination, errors)
  const problem = errors.problem()
  return {
    app: {
      ...common,
      sources: [],
      ...desired,
      to: { cluster: destination, server: '', namespace: release.namespace },
      tracking: trackingOf(chart, release, parts),
      pruning: pruningOf(context, chart, release, destination),
      policy,
      ...(interval !== undefined && { syncIntervalSeconds: interval }),
      ...(problem !== undefined && { problem: { ...problem, app: name } }),
    },
    repositories: chart?.from === 'git' ? chart.found.sources.map((source) => source.spec) : [],
    ...(remote?.cluster !== undefined && { cluster: remote.cluster }),
    release: releaseKey(destination, release.storageNamespace, release.name),
  }
}

/** What is stored carries the labels of the HelmRelease already, and lacks Helm's own marks. */
function trackingOf(chart: Chart | undefined, release: Release, { namespace, name }: AppParts): Tracking {
  return chart?.from === 'storage'
    ? { method: 'helm', release: release.name, namespace: release.namespace }
    : { method: 'flux', group: TRACKING_GROUP, name, namespace }
}

/**
 * Helm deletes what only the manifest before has. A chart in Git is rendered by us, so what is installed now is what was before; what is
 * taken from the storage is what is installed.
 */
function pruningOf(
  { snapshot, encrypt }: FluxContext,
  chart: Chart | undefined,
  { name, namespace, storageNamespace }: Release,
  destination: string,
): Pruning {
  const lookup = snapshot.release(destination, storageNamespace, name)
  if (lookup === 'absent') return { by: 'manifest' }
  if ('failure' in lookup) return { by: 'writer' }
  const before = chart?.from === 'storage' ? lookup.found.before : lookup.found.content
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

function readChart(context: FluxContext, namespace: string, spec: Fields): Chart {
  const chartRef = readOptionalObject(spec, 'chartRef')
  if (chartRef !== undefined) {
    const kind = readText(chartRef, 'kind')
    if (kind === 'OCIRepository' || kind === 'HelmChart') return { from: 'storage' }
    throw unsupportedSource(kind, readText(chartRef, 'name'))
  }
  const chart = readObject(readObject(spec, 'chart'), 'spec')
  const reference = readObject(chart, 'sourceRef')
  const kind = readText(reference, 'kind')
  switch (kind) {
    case 'HelmRepository':
      return { from: 'storage' }
    case 'GitRepository':
      return { from: 'git', found: readGit(context, namespace, reference), chart }
    default:
      throw unsupportedSource(kind, readText(reference, 'name'))
  }
}

function readGit(context: FluxContext, namespace: string, reference: Fields): GitArtifact {
  return gitArtifact(
    context,
    sourceNamespace(reference, namespace, context, 'helm-controller'),
    readText(reference, 'name'),
  )
}

function readDesired(
  context: FluxContext,
  parts: AppParts,
  chart: Chart,
  release: Release,
  destination: string,
): Pick<App, 'sources' | 'storedRelease' | 'declaredRelease'> {
  if (chart.from === 'git') {
    const options = readSourceOptions(context, parts, chart, release)
    return { sources: sourcesOf(chart.found, options, options.chart) }
  }
  const stored = requireStored(context, release, destination)
  const storedRelease = {
    namespace: release.namespace,
    release: release.name,
    storage: context.encrypt(stored.content),
  }
  const valuesFrom = readValuesOrWhy(context, parts)
  return { sources: [], storedRelease, declaredRelease: declaredRelease(context, parts, valuesFrom, stored.newest) }
}

function requireStored({ snapshot }: FluxContext, release: Release, destination: string): StoredRelease {
  const { name, storageNamespace } = release
  const what = `a deployed release ${name} in Helm's storage of ${storageNamespace}`
  const stored = requireFound(snapshot.release(destination, storageNamespace, name), what)
  if (!isCounting(stored.status)) throw fromFailure(neverDeployed(stored))
  return stored
}

function readSourceOptions(
  context: FluxContext,
  { resource, namespace, name, spec }: AppParts,
  { found, chart }: Chart & { from: 'git' },
  release: Release,
): FluxHelmSourceOptions {
  const values = readOptionalObject(spec, 'values')
  const commonMetadata = readCommonMetadata(spec)
  const upgrade = readObject(spec, 'upgrade')
  const install = readObject(spec, 'install')
  return {
    tool: 'fluxHelm',
    artifact: found.artifact,
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
