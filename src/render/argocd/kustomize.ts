import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KustomizeOptions } from '../../model/source.ts'
import { kustomizeFailure } from './kustomize-failure.ts'
import type { RawObject, SourceContext, SourceOutput } from './source-context.ts'
import { readToolObjects } from './tool-output.ts'

/** `kustomize build` after the `kustomize edit` commands that Argo CD's options stand for. */
export function renderKustomize(context: SourceContext): SourceOutput {
  const options = context.options.kustomize
  const { output, usedEnvironment } = call(context, {
    source: context.index,
    path: context.path,
    edits: editsOf(context, options),
    ...buildFlags(options.buildOptions ?? []),
  })
  return {
    objects: readToolObjects(output, () => undefined).map(withUnknownVersion),
    usedEnvironment,
    usedDestination: false,
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
    if (!(error instanceof CodedError) || error.failure.code !== 'GDE_RENDER_KUSTOMIZE') throw error
    throw kustomizeFailure(error, context)
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
}

/** Flags that take a value; those of Helm and of plugins change nothing, for what they are for fails as unsupported. */
const VALUE_FLAGS = ['--load-restrictor', '--reorder', '--helm-command', '--helm-kube-version', '--helm-api-versions']
const PLUGIN_FLAGS = [
  '--enable-helm',
  '--enable-alpha-plugins',
  '--enable-exec',
  '--helm-debug',
  '--network',
  '--as-current-user',
]

/** argocd-cm's `kustomize.buildOptions`. */
function buildFlags(options: readonly string[]): BuildFlags {
  let flags: BuildFlags = {}
  for (let index = 0; index < options.length; index += 1) {
    const [name = '', inline] = splitFlag(options[index] ?? '')
    const value = VALUE_FLAGS.includes(name) && inline === undefined ? options[++index] : inline
    flags = { ...flags, ...flagOf(name, value) }
  }
  return flags
}

function splitFlag(option: string): readonly [string, string?] {
  const equals = option.indexOf('=')
  return equals === -1 ? [option] : [option.slice(0, equals), option.slice(equals + 1)]
}

function flagOf(name: string, value: string | undefined): BuildFlags {
  if (name === '--load-restrictor' && value === 'LoadRestrictionsNone') return { loadRestrictor: 'none' }
  if (name === '--load-restrictor' && value === 'LoadRestrictionsRootOnly') return {}
  if (name === '--reorder' && (value === 'legacy' || value === 'none')) return { reorder: value }
  if (name === '--enable-managedby-label') return { managedByLabel: value !== 'false' }
  if (name.startsWith('--helm-') && VALUE_FLAGS.includes(name)) return {}
  if (PLUGIN_FLAGS.includes(name)) return {}
  throw new CodedError('GDE_RENDER_KUSTOMIZE', `the build option ${name} is not known`)
}
