import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KustomizeOptions } from '../../model/sources/source.ts'
import { plainVersion } from './helm.ts'
import { kustomizeFailure } from './kustomize-failure.ts'
import type { RawObject, SourceContext, SourceOutput } from './source-context.ts'
import { readToolObjects } from './tool-output.ts'

/** `kustomize build` after the `kustomize edit` commands that Argo CD's options stand for. */
export function renderKustomize(context: SourceContext): SourceOutput {
  const { kustomize: options, kustomizeSettings } = context.options
  requireRegistered(options.version, context)
  const { helm, ...flags } = buildFlags(kustomizeSettings?.buildOptions ?? [])
  const versions = helmVersions(context)
  const { output, usedEnvironment } = call(context, {
    source: context.index,
    path: context.path,
    edits: editsOf(context, options),
    ...flags,
    helm: {
      enabled: helm.enabled,
      kubeVersion: plainVersion(versions.kubeVersion || helm.kubeVersion),
      apiVersions: [...helm.apiVersions, ...versions.apiVersions],
    },
  })
  const asked = isJsonObject(output) && output.usedDestination === true
  return {
    objects: readToolObjects(output, () => undefined).map(withUnknownVersion),
    usedEnvironment,
    usedDestination: asked && !versions.overridden,
  }
}

/**
 * Argo CD has what argocd-cm registers, and generates no manifests for another name (`GetKustomizeBinaryPath`).
 * @throws CodedError `GDE_ARGOCD_INVALID`
 */
function requireRegistered(version: string | undefined, { options: { kustomizeSettings }, warn }: SourceContext): void {
  if (version === undefined || version === '' || kustomizeSettings === undefined) return
  if (!kustomizeSettings.versions.includes(version))
    throw new CodedError(
      'GDE_ARGOCD_INVALID',
      `kustomize.version: version ${JSON.stringify(version)} of kustomize is not registered: argocd-cm has no kustomize.path.${version}`,
    )
  warn({
    code: 'GDE_ARGOCD_SETTING',
    message: `Argo CD renders it with kustomize ${JSON.stringify(version)}; what is shown is rendered with another version`,
  })
}

/** What Argo CD tells charts of a kustomization about the cluster: what the source says, for whatever tool, comes first. */
function helmVersions({ options, destination }: SourceContext) {
  const kubeVersion = options.helm.kubeVersion || options.kustomize.kubeVersion || ''
  const apiVersions = [options.helm, options.kustomize]
    .map((one) => one.apiVersions ?? [])
    .find((one) => one.length > 0)
  return {
    kubeVersion: kubeVersion || destination.kubeVersion,
    apiVersions: apiVersions ?? destination.apiVersions,
    overridden: kubeVersion !== '' && apiVersions !== undefined,
  }
}

const MANAGED_BY = 'app.kubernetes.io/managed-by'

/**
 * `buildMetadata: [managedByLabel]` writes the version of kustomize, and the version of the controller is not known.
 */
function withUnknownVersion(object: RawObject): RawObject {
  const metadata = isJsonObject(object.value) ? object.value.metadata : undefined
  const labels = isJsonObject(metadata) ? metadata.labels : undefined
  if (!isJsonObject(labels) || labels[MANAGED_BY] !== 'kustomize-(devel)') return object
  return { ...object, unstable: [`/metadata/labels/${MANAGED_BY.replace('/', '~1')}`] }
}

function call(context: SourceContext, input: unknown): ReturnType<SourceContext['call']> {
  try {
    return context.call('kustomize', input)
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    if (error.failure.code === 'GDE_RENDER_KUSTOMIZE') throw kustomizeFailure(error, context)
    throw error
  }
}

function editsOf(context: SourceContext, options: KustomizeOptions): Readonly<Record<string, unknown>> {
  const { substitute } = context.environment
  const annotations = options.commonAnnotations ?? {}
  return {
    namePrefix: options.namePrefix,
    nameSuffix: options.nameSuffix,
    namespace: options.namespace,
    images: options.images?.map(substitute),
    replicas: options.replicas?.map(({ name, count }) => ({ name, count: replicaCount(name, count) })),
    labels: mapValues(options.commonLabels ?? {}, substitute),
    forceLabels: options.forceCommonLabels,
    labelsWithoutSelector: options.labelWithoutSelector,
    labelsIncludeTemplates: options.labelIncludeTemplates,
    annotations: options.commonAnnotationsEnvsubst === true ? mapValues(annotations, substitute) : annotations,
    forceAnnotations: options.forceCommonAnnotations,
    patches: options.patches,
    components: options.components,
    ignoreMissingComponents: options.ignoreMissingComponents,
  }
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

function replicaCount(name: string, count: number | string): number {
  const number = typeof count === 'number' ? count : Number.parseInt(count, 10)
  if (!Number.isSafeInteger(number) || String(number) !== String(count))
    throw new CodedError('GDE_RENDER_KUSTOMIZE', `replicas of ${name}: expected integer value for count`)
  return number
}

interface BuildFlags {
  readonly loadRestrictor?: 'none'
  readonly reorder?: 'legacy' | 'none'
  readonly managedByLabel?: boolean
  readonly helm: HelmFlags
}

interface HelmFlags {
  readonly enabled: boolean
  readonly kubeVersion: string
  readonly apiVersions: readonly string[]
}

const VALUE_FLAGS = ['--load-restrictor', '--reorder', '--helm-command', '--helm-kube-version', '--helm-api-versions']
/** What they are for is not supported and says so when it is used, or changes nothing of the output. */
const OTHER_FLAGS = [
  '--enable-alpha-plugins',
  '--enable-exec',
  '--helm-command',
  '--helm-debug',
  '--network',
  '--as-current-user',
]

/** argocd-cm's `kustomize.buildOptions`. */
function buildFlags(options: readonly string[]): BuildFlags {
  let flags: BuildFlags = { helm: { enabled: false, kubeVersion: '', apiVersions: [] } }
  for (let index = 0; index < options.length; index += 1) {
    const [name = '', inline] = splitFlag(options[index] ?? '')
    const value = VALUE_FLAGS.includes(name) && inline === undefined ? options[++index] : inline
    flags = withFlag(flags, name, value)
  }
  return flags
}

function splitFlag(option: string): readonly [string, string?] {
  const equals = option.indexOf('=')
  return equals === -1 ? [option] : [option.slice(0, equals), option.slice(equals + 1)]
}

function withFlag(flags: BuildFlags, name: string, value: string | undefined): BuildFlags {
  const { helm } = flags
  switch (name) {
    case '--load-restrictor':
      if (value === 'LoadRestrictionsNone') return { ...flags, loadRestrictor: 'none' }
      if (value === 'LoadRestrictionsRootOnly') return flags
      break
    case '--reorder':
      if (value === 'legacy' || value === 'none') return { ...flags, reorder: value }
      break
    case '--enable-managedby-label':
      return { ...flags, managedByLabel: value !== 'false' }
    case '--enable-helm':
      return { ...flags, helm: { ...helm, enabled: value !== 'false' } }
    case '--helm-kube-version':
      return { ...flags, helm: { ...helm, kubeVersion: value ?? '' } }
    case '--helm-api-versions':
      return { ...flags, helm: { ...helm, apiVersions: [...helm.apiVersions, ...(value?.split(',') ?? [])] } }
    default:
      if (OTHER_FLAGS.includes(name)) return flags
  }
  throw new CodedError('GDE_RENDER_KUSTOMIZE', `the build option ${name} is not known`)
}
