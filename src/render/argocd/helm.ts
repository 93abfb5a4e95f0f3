import { printJson } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import type { HelmOptions, HelmParameter } from '../../model/sources/source.ts'
import type { SourceContext, SourceOutput } from './source-context.ts'
import { readToolObjects } from './tool-output.ts'
import { readParameterFile, readValueFiles } from './value-files.ts'

/** `helm template` as Argo CD calls it. */
export function renderHelm(context: SourceContext): SourceOutput {
  const options = context.options.helm
  const versions = destinationVersions(context, options)
  const files = readValues(context, options)
  const { output, usedEnvironment } = call(context, {
    source: context.index,
    path: context.path,
    releaseName: options.releaseName || nameOf(context.options.appName),
    namespace: options.namespace || context.options.namespace || 'default',
    kubeVersion: plainVersion(versions.kubeVersion),
    apiVersions: versions.apiVersions,
    values: { ...readParameters(context, options), files },
    includeCrds: options.skipCrds !== true,
    skipTests: options.skipTests === true,
    skipSchemaValidation: options.skipSchemaValidation === true,
    repositories: context.options.helmRepositories ?? {},
  })
  const asked = isJsonObject(output) && output.usedDestination === true
  return {
    objects: readToolObjects(output, (name) => chartFile(context.path, name)),
    usedEnvironment,
    usedDestination: asked && !versions.overridden,
  }
}

/** Calls the sandbox; errors get the file's path in the repository, since Helm names files by the chart's name. */
function call(context: SourceContext, input: unknown): ReturnType<SourceContext['call']> {
  try {
    return context.call('helm', input)
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const { code, message, file, ...where } = error.failure
    if (file === undefined) throw error
    const isTemplate = file.includes('/templates/')
    throw new CodedError(code, message, { ...where, file: isTemplate ? chartFile(context.path, file) : file })
  }
}

/** Files of a dependency that was fetched are named by its URL. */
function chartFile(path: string, name: string): string {
  if (name.includes('://')) return name
  const inChart = name.slice(name.indexOf('/') + 1)
  return path === '' ? inChart : `${path}/${inChart}`
}

/** Apps outside Argo CD's own namespace are called `namespace_name`, which is no release name. */
function nameOf(appName: string): string {
  return appName.slice(appName.indexOf('_') + 1)
}

function destinationVersions({ destination }: SourceContext, options: HelmOptions) {
  const apiVersions = options.apiVersions ?? []
  return {
    kubeVersion: options.kubeVersion || destination.kubeVersion,
    apiVersions: apiVersions.length > 0 ? apiVersions : destination.apiVersions,
    overridden: Boolean(options.kubeVersion) && apiVersions.length > 0,
  }
}

/** `v1.36.0-eks-1` is given to Helm as `1.36.0`: what providers add is no part of a semantic version to charts. */
export function plainVersion(version: string): string {
  return /^v?(\d+(?:\.\d+)*)/.exec(version.trim())?.[1] ?? version
}

/** Files first, then the values of the app itself: `valuesObject`, even an empty one, instead of `values`. */
function readValues(context: SourceContext, options: HelmOptions): readonly { name: string; text: string }[] {
  const files = readValueFiles(context, options.valueFiles ?? [], options.ignoreMissingValueFiles === true)
  if (options.valuesObject !== undefined)
    return [...files, { name: 'valuesObject', text: printJson(options.valuesObject) }]
  return options.values === undefined || options.values === ''
    ? files
    : [...files, { name: 'values', text: options.values }]
}

function readParameters(context: SourceContext, options: HelmOptions) {
  const given = options.parameters ?? []
  return {
    set: toAssignments(
      context,
      given.filter((parameter) => parameter.forceString !== true),
    ),
    setString: toAssignments(
      context,
      given.filter((parameter) => parameter.forceString === true),
    ),
    setFile: (options.fileParameters ?? []).map(({ name, path }) => ({ name, text: readParameterFile(context, path) })),
  }
}

/** Of several parameters with the same name the last one wins. */
function toAssignments(context: SourceContext, given: readonly HelmParameter[]): readonly string[] {
  const byName = new Map(given.map(({ name, value }) => [name, context.environment.substitute(value)]))
  return [...byName].map(([name, value]) => `${name}=${escapeCommas(value)}`)
}

/** Argo CD escapes commas, which would begin another assignment, except in lists (`{a,b}`) and where they are escaped already. */
function escapeCommas(value: string): string {
  return value.startsWith('{') && value.endsWith('}') ? value : value.replaceAll(/(?<!\\),/g, '\\,')
}
