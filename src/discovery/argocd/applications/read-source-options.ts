import { CodedError } from '../../../model/failure.ts'
import type {
  ArgoSourceOptions,
  DirectoryOptions,
  HelmOptions,
  JsonnetVariable,
  KustomizeOptions,
  KustomizePatch,
} from '../../../model/sources/source.ts'
import {
  type Fields,
  readFlagMap,
  readObject,
  readObjects,
  readOptionalFlag,
  readOptionalObject,
  readOptionalText,
  readText,
  readTextMap,
  readTextOrNumber,
  readTexts,
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
  const named = TOOLS.filter((tool) => readOptionalObject(source, tool) !== undefined)
  const [type] = named
  if (named.length > 1)
    throw new CodedError('GDE_ARGOCD_INVALID', `${source.path} names several tools: ${named.join(', ')}`)
  return {
    tool: 'argocd',
    ...(type !== undefined && { type }),
    directory: readDirectory(readObject(source, 'directory')),
    kustomize: readKustomize(readObject(source, 'kustomize')),
    helm: readHelm(readObject(source, 'helm')),
    ...app,
  }
}

function readDirectory(directory: Fields): DirectoryOptions {
  const jsonnet = readObject(directory, 'jsonnet')
  return {
    ...readFlags(directory, ['recurse']),
    ...readNonEmptyTexts(directory, ['include', 'exclude']),
    jsonnet: {
      extVars: readObjects(jsonnet, 'extVars').map(readVariable),
      tlas: readObjects(jsonnet, 'tlas').map(readVariable),
      libs: readTexts(jsonnet, 'libs'),
    },
  }
}

function readVariable(variable: Fields): JsonnetVariable {
  return { name: readText(variable, 'name'), value: readText(variable, 'value'), ...readFlags(variable, ['code']) }
}

function readKustomize(kustomize: Fields): KustomizeOptions {
  return {
    ...readNonEmptyTexts(kustomize, ['namePrefix', 'nameSuffix', 'namespace', 'kubeVersion', 'version']),
    images: readTexts(kustomize, 'images'),
    replicas: readObjects(kustomize, 'replicas').map((replica) => ({
      name: readText(replica, 'name'),
      count: readTextOrNumber(replica, 'count'),
    })),
    commonLabels: readTextMap(kustomize, 'commonLabels'),
    commonAnnotations: readTextMap(kustomize, 'commonAnnotations'),
    ...readFlags(kustomize, [
      'commonAnnotationsEnvsubst',
      'forceCommonLabels',
      'forceCommonAnnotations',
      'labelWithoutSelector',
      'labelIncludeTemplates',
      'ignoreMissingComponents',
    ]),
    patches: readObjects(kustomize, 'patches').map(readPatch),
    components: readTexts(kustomize, 'components'),
    apiVersions: readTexts(kustomize, 'apiVersions'),
  }
}

function readPatch(patch: Fields): KustomizePatch {
  const target = readOptionalObject(patch, 'target')
  return {
    ...readNonEmptyTexts(patch, ['path', 'patch']),
    ...(target !== undefined && { target: readTextMap(patch, 'target') }),
    options: readFlagMap(patch, 'options'),
  }
}

function readHelm(helm: Fields): HelmOptions {
  const values = readOptionalObject(helm, 'valuesObject')
  return {
    ...readNonEmptyTexts(helm, ['releaseName', 'namespace', 'values', 'kubeVersion']),
    valueFiles: readTexts(helm, 'valueFiles'),
    ...(values !== undefined && { valuesObject: values.value }),
    parameters: readObjects(helm, 'parameters').map((parameter) => ({
      name: readText(parameter, 'name'),
      value: readText(parameter, 'value'),
      ...readFlags(parameter, ['forceString']),
    })),
    fileParameters: readObjects(helm, 'fileParameters').map((file) => ({
      name: readText(file, 'name'),
      path: readText(file, 'path'),
    })),
    ...readFlags(helm, ['ignoreMissingValueFiles', 'skipCrds', 'skipTests', 'skipSchemaValidation', 'passCredentials']),
    apiVersions: readTexts(helm, 'apiVersions'),
  }
}

/** Those of the keys whose text is not empty: to Argo CD an empty text is none. */
function readNonEmptyTexts<Key extends string>(of: Fields, keys: readonly Key[]): { readonly [key in Key]?: string } {
  const fields: { [key in Key]?: string } = {}
  for (const key of keys) {
    const value = readOptionalText(of, key)
    if (value !== undefined && value !== '') fields[key] = value
  }
  return fields
}

function readFlags<Key extends string>(of: Fields, keys: readonly Key[]): { readonly [key in Key]?: boolean } {
  const fields: { [key in Key]?: boolean } = {}
  for (const key of keys) {
    const value = readOptionalFlag(of, key)
    if (value !== undefined) fields[key] = value
  }
  return fields
}
