import { CodedError } from '../../../model/failure.ts'
import { isJsonObject } from '../../../model/json.ts'
import type { FluxValues } from '../../../model/sources/flux.ts'
import type { DeclaredRelease } from '../../../model/sources/stored-release.ts'
import { type Fields, readObjects, readOptionalFlag, readText } from '../../fields/fields.ts'
import type { AppParts } from '../app-parts.ts'
import {
  type FluxContext,
  foundOrUndefined,
  type LookupResult,
  requireFound,
  requireInCluster,
} from '../flux-context.ts'

/** One entry of `spec.valuesFrom`. @throws CodedError `GDE_FLUX_INVALID`, `GDE_FLUX_REFERENCE`, and why it cannot be told */
export function readValues(
  { snapshot, encrypt }: FluxContext,
  namespace: string,
  entry: Fields,
): readonly FluxValues[] {
  const kind = readText(entry, 'kind')
  const name = readText(entry, 'name')
  const key = readText(entry, 'valuesKey') || 'values.yaml'
  const isOptional = readOptionalFlag(entry, 'optional') ?? false
  const origin = `${kind} ${namespace}/${name}`
  const rest = {
    origin,
    targetPath: readText(entry, 'targetPath'),
    literal: readOptionalFlag(entry, 'literal') ?? false,
  }
  const resolveReference = <T>(lookup: LookupResult<T>): T | undefined =>
    isOptional ? foundOrUndefined(lookup) : (kind === 'Secret' ? requireInCluster : requireFound)(lookup, origin)
  const found = textOf(snapshot, kind, namespace, name, key, resolveReference, encrypt)
  if (found === 'unknown kind') throw new CodedError(entry.code, `${entry.path}.kind is neither ConfigMap nor Secret`)
  if (found !== undefined) return [{ ...rest, text: found }]
  if (isOptional) return []
  throw new CodedError('GDE_FLUX_REFERENCE', `${origin} has no ${key}`)
}

function textOf(
  snapshot: FluxContext['snapshot'],
  kind: string,
  namespace: string,
  name: string,
  key: string,
  resolveReference: <T>(lookup: LookupResult<T>) => T | undefined,
  encrypt: FluxContext['encrypt'],
): FluxValues['text'] | undefined | 'unknown kind' {
  switch (kind) {
    case 'ConfigMap': {
      const configMap = resolveReference(snapshot.configMap(namespace, name))
      const data = configMap !== undefined && isJsonObject(configMap.data) ? configMap.data : {}
      const plain = Object.hasOwn(data, key) ? data[key] : undefined
      return typeof plain === 'string' ? { plain } : undefined
    }
    case 'Secret': {
      const secret = resolveReference(snapshot.secret(namespace, name))
      const value = secret !== undefined && Object.hasOwn(secret.data, key) ? secret.data[key] : undefined
      return value === undefined ? undefined : { encrypted: encrypt(value) }
    }
    default:
      return 'unknown kind'
  }
}

/** What Helm stored can be compared with the cluster whether or not the declared values can be read. */
export function readValuesOrWhy(context: FluxContext, { spec, namespace }: AppParts): DeclaredRelease['valuesFrom'] {
  try {
    return readObjects(spec, 'valuesFrom').flatMap((entry) => readValues(context, namespace, entry))
  } catch (error) {
    if (error instanceof CodedError) return error.failure
    throw error
  }
}
