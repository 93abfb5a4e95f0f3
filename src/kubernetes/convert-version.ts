import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import { builtinKinds } from './builtin/table.ts'
import { groupVersion } from './object.ts'

type Convert = (object: KubernetesObject) => KubernetesObject | undefined

/**
 * A built-in object as it reads in another version of its kind. Nearly all versions of a kind have the same shape;
 * those that have not are converted as the API server does.
 * @returns undefined when the conversion is not known: custom resources have conversions of their own
 */
export function convertVersion(object: KubernetesObject, apiVersion: string): KubernetesObject | undefined {
  if (object.apiVersion === apiVersion) return object
  const { group, version } = groupVersion(object.apiVersion)
  const { group: toGroup, version: to } = groupVersion(apiVersion)
  const isBuiltin = builtinKinds().some((kind) => kind.group === group && kind.kind === object.kind)
  if (group !== toGroup || !isBuiltin) return undefined
  const convert = CONVERSIONS[`${group}/${object.kind}`]?.[`${version} ${to}`]
  const converted = convert === undefined ? sameShape(object, group, version, to) : convert(object)
  return converted === undefined
    ? undefined
    : { ...converted, apiVersion, kind: object.kind, metadata: converted.metadata }
}

/** Groups of which some version has another shape than the rest, without a conversion here. */
function sameShape(object: KubernetesObject, group: string, from: string, to: string): KubernetesObject | undefined {
  const differs =
    group === 'autoscaling'
      ? from === 'v1' || to === 'v1'
      : group === 'resource.k8s.io' && (from === 'v1beta1' || to === 'v1beta1')
  return differs ? undefined : object
}

const CONVERSIONS: Readonly<Record<string, Readonly<Record<string, Convert>>>> = {
  'autoscaling/HorizontalPodAutoscaler': { 'v1 v2': autoscalerToV2 },
  'resource.k8s.io/ResourceClaim': { 'v1beta1 v1': claimToV1, 'v1beta1 v1beta2': claimToV1 },
  'resource.k8s.io/ResourceClaimTemplate': { 'v1beta1 v1': templateToV1, 'v1beta1 v1beta2': templateToV1 },
}

/** v1 stores fields that it lacks in annotations; an object with such annotations is not converted. */
function autoscalerToV2(object: KubernetesObject): KubernetesObject | undefined {
  const { annotations } = object.metadata
  const names = isJsonObject(annotations) ? Object.keys(annotations) : []
  if (names.some((name) => name.startsWith('autoscaling.alpha.kubernetes.io/'))) return undefined
  if (!isJsonObject(object.spec)) return object
  const { targetCPUUtilizationPercentage: averageUtilization, ...spec } = object.spec
  if (averageUtilization === undefined || averageUtilization === null) return { ...object, spec }
  const target = { type: 'Utilization', averageUtilization }
  return { ...object, spec: { ...spec, metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] } }
}

function claimToV1(object: KubernetesObject): KubernetesObject {
  return isJsonObject(object.spec) ? { ...object, spec: claimSpec(object.spec) } : object
}

function templateToV1(object: KubernetesObject): KubernetesObject {
  const { spec } = object
  return isJsonObject(spec) && isJsonObject(spec.spec)
    ? { ...object, spec: { ...spec, spec: claimSpec(spec.spec) } }
    : object
}

/** v1beta1 has the fields of a request beside its name, the later versions have them in `exactly`. */
function claimSpec(spec: JsonObject): JsonObject {
  const { devices } = spec
  if (!isJsonObject(devices) || !Array.isArray(devices.requests)) return spec
  return { ...spec, devices: { ...devices, requests: devices.requests.map(requestToV1) } }
}

function requestToV1(request: Json): Json {
  if (!isJsonObject(request)) return request
  const { name, firstAvailable, ...exactly } = request
  return {
    ...(name !== undefined && { name }),
    ...(firstAvailable !== undefined && { firstAvailable }),
    ...(Object.keys(exactly).length > 0 && { exactly }),
  }
}
