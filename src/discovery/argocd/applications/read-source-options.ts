import { CodedError } from '../../../model/failure.ts'
import type {
  ArgoSourceOptions,
  DirectoryOptions,
  HelmOptions,
  JsonnetVariable,
  KustomizeOptions,
  KustomizePatch,
} from '../../../model/source.ts'
import {
  type Fields,
  flagMap,
  object,
  objects,
  optionalFlag,
  optionalObject,
  optionalText,
  text,
  textMap,
  textOrNumber,
  texts,
} from '../../fields/fields.ts'

const TOOLS = ['kustomize', 'helm', 'directory'] as const

/**
 * How a source of an Application is rendered. A tool is chosen by being named, even with nothing in it.
 * @throws CodedError `GDE_ARGOCD_INVALID` naming the field
 */
export function readSourceOptions(
  source: Fields,
  app: { readonly appName: string; readonly namespace: string; readonly project: string },
): ArgoSourceOptions {
  const named = TOOLS.filter((tool) => optionalObject(source, tool) !== undefined)
  const [type] = named
  if (named.length > 1)
    throw new CodedError('GDE_ARGOCD_INVALID', `${source.path} names several tools: ${named.join(', ')}`)
  return {
    tool: 'argocd',
    ...(type !== undefined && { type }),
    directory: readDirectory(object(source, 'directory')),
    kustomize: readKustomize(object(source, 'kustomize')),
    helm: readHelm(object(source, 'helm')),
    ...app,
  }
}

function readDirectory(directory: Fields): DirectoryOptions {
  const jsonnet = object(directory, 'jsonnet')
  return {
    ...flags(directory, ['recurse']),
    ...filled(directory, ['include', 'exclude']),
    jsonnet: {
      extVars: objects(jsonnet, 'extVars').map(readVariable),
      tlas: objects(jsonnet, 'tlas').map(readVariable),
      libs: texts(jsonnet, 'libs'),
    },
  }
}

function readVariable(variable: Fields): JsonnetVariable {
  return { name: text(variable, 'name'), value: text(variable, 'value'), ...flags(variable, ['code']) }
}

function readKustomize(kustomize: Fields): KustomizeOptions {
  return {
    ...filled(kustomize, ['namePrefix', 'nameSuffix', 'namespace', 'kubeVersion', 'version']),
    images: texts(kustomize, 'images'),
    replicas: objects(kustomize, 'replicas').map((replica) => ({
      name: text(replica, 'name'),
      count: textOrNumber(replica, 'count'),
    })),
    commonLabels: textMap(kustomize, 'commonLabels'),
    commonAnnotations: textMap(kustomize, 'commonAnnotations'),
    ...flags(kustomize, [
      'commonAnnotationsEnvsubst',
      'forceCommonLabels',
      'forceCommonAnnotations',
      'labelWithoutSelector',
      'labelIncludeTemplates',
      'ignoreMissingComponents',
    ]),
    patches: objects(kustomize, 'patches').map(readPatch),
    components: texts(kustomize, 'components'),
    apiVersions: texts(kustomize, 'apiVersions'),
  }
}

function readPatch(patch: Fields): KustomizePatch {
  const target = optionalObject(patch, 'target')
  return {
    ...filled(patch, ['path', 'patch']),
    ...(target !== undefined && { target: textMap(patch, 'target') }),
    options: flagMap(patch, 'options'),
  }
}

function readHelm(helm: Fields): HelmOptions {
  const values = optionalObject(helm, 'valuesObject')
  return {
    ...filled(helm, ['releaseName', 'namespace', 'values', 'kubeVersion']),
    valueFiles: texts(helm, 'valueFiles'),
    ...(values !== undefined && { valuesObject: values.value }),
    parameters: objects(helm, 'parameters').map((parameter) => ({
      name: text(parameter, 'name'),
      value: text(parameter, 'value'),
      ...flags(parameter, ['forceString']),
    })),
    fileParameters: objects(helm, 'fileParameters').map((file) => ({
      name: text(file, 'name'),
      path: text(file, 'path'),
    })),
    ...flags(helm, ['ignoreMissingValueFiles', 'skipCrds', 'skipTests', 'skipSchemaValidation', 'passCredentials']),
    apiVersions: texts(helm, 'apiVersions'),
  }
}

/** Those of the keys whose text is not empty: to Argo CD an empty text is none. */
function filled<Key extends string>(of: Fields, keys: readonly Key[]): { readonly [key in Key]?: string } {
  const given: { [key in Key]?: string } = {}
  for (const key of keys) {
    const value = optionalText(of, key)
    if (value !== undefined && value !== '') given[key] = value
  }
  return given
}

function flags<Key extends string>(of: Fields, keys: readonly Key[]): { readonly [key in Key]?: boolean } {
  const given: { [key in Key]?: boolean } = {}
  for (const key of keys) {
    const value = optionalFlag(of, key)
    if (value !== undefined) given[key] = value
  }
  return given
}
