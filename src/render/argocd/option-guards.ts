import type { JsonObject } from '../../model/json.ts'
import type {
  DirectoryOptions,
  HelmOptions,
  HelmParameter,
  JsonnetOptions,
  JsonnetVariable,
  KustomizeOptions,
  KustomizePatch,
} from '../../model/sources/source.ts'

type Guard<T> = (value: unknown) => value is T
/** A guard for each field; unknown fields are accepted, as Go's decoder ignores them. */
type Guards<T> = { readonly [Key in keyof T]-?: Guard<Exclude<T[Key], undefined>> }

const isText: Guard<string> = (value): value is string => typeof value === 'string'
const isFlag: Guard<boolean> = (value): value is boolean => typeof value === 'boolean'
const isCount: Guard<number | string> = (value): value is number | string =>
  typeof value === 'number' || typeof value === 'string'
const isObject: Guard<JsonObject> = (value): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function listOf<T>(guard: Guard<T>): Guard<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(guard)
}

function recordOf<T>(guard: Guard<T>): Guard<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => isObject(value) && Object.values(value).every(guard)
}

function shapeOf<T>(guards: Guards<T>, required: readonly (keyof T & string)[] = []): Guard<T> {
  const entries: [string, Guard<unknown>][] = Object.entries(guards)
  return (value): value is T =>
    isObject(value) &&
    required.every((key) => Object.hasOwn(value, key)) &&
    entries.every(([key, guard]) => !Object.hasOwn(value, key) || guard(value[key]))
}

const isVariable = shapeOf<JsonnetVariable>({ name: isText, value: isText, code: isFlag }, ['name', 'value'])
const isJsonnetOptions = shapeOf<JsonnetOptions>({
  extVars: listOf(isVariable),
  tlas: listOf(isVariable),
  libs: listOf(isText),
})

export const isDirectoryOptions = shapeOf<DirectoryOptions>({
  recurse: isFlag,
  include: isText,
  exclude: isText,
  jsonnet: isJsonnetOptions,
})

const isPatch = shapeOf<KustomizePatch>({
  path: isText,
  patch: isText,
  target: recordOf(isText),
  options: recordOf(isFlag),
})

export const isKustomizeOptions = shapeOf<KustomizeOptions>({
  namePrefix: isText,
  nameSuffix: isText,
  namespace: isText,
  images: listOf(isText),
  replicas: listOf(
    shapeOf<{ name: string; count: number | string }>({ name: isText, count: isCount }, ['name', 'count']),
  ),
  commonLabels: recordOf(isText),
  commonAnnotations: recordOf(isText),
  commonAnnotationsEnvsubst: isFlag,
  forceCommonLabels: isFlag,
  forceCommonAnnotations: isFlag,
  labelWithoutSelector: isFlag,
  labelIncludeTemplates: isFlag,
  patches: listOf(isPatch),
  components: listOf(isText),
  ignoreMissingComponents: isFlag,
  kubeVersion: isText,
  apiVersions: listOf(isText),
  version: isText,
})

const isParameter = shapeOf<HelmParameter>({ name: isText, value: isText, forceString: isFlag }, ['name', 'value'])

export const isHelmOptions = shapeOf<HelmOptions>({
  releaseName: isText,
  namespace: isText,
  valueFiles: listOf(isText),
  ignoreMissingValueFiles: isFlag,
  values: isText,
  valuesObject: isObject,
  parameters: listOf(isParameter),
  fileParameters: listOf(shapeOf<{ name: string; path: string }>({ name: isText, path: isText }, ['name', 'path'])),
  skipCrds: isFlag,
  skipTests: isFlag,
  skipSchemaValidation: isFlag,
  passCredentials: isFlag,
  kubeVersion: isText,
  apiVersions: listOf(isText),
})
