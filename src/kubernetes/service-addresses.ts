import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'

/** What an object is called in its `apiVersion` and `kind`. */
type Typed = Pick<KubernetesObject, 'apiVersion' | 'kind'>

/** As API servers write them, and nothing; not `None`, which somebody has chosen. */
const ADDRESS = /^[0-9a-f.:]*$/
/** Begins the line of one among lines of UIDs and times. */
const SIGN = '@'

/** Whether it has addresses that its cluster chose: what it says is the same in each cluster but for those. */
export function isService({ apiVersion, kind }: Typed): boolean {
  return kind === 'Service' && apiVersion === 'v1'
}

export function isAddress(text: string): boolean {
  return ADDRESS.test(text)
}

export function addressLine(address: string): string {
  return SIGN + address
}

/** Whether a line of an address may be among these. */
export function hasAddressLine(lines: string): boolean {
  return lines.includes(SIGN)
}

/** Whether the object says itself which addresses it is to have. */
export function choosesAddresses(object: KubernetesObject): boolean {
  const { spec } = object
  if (!isService(object) || !isJsonObject(spec)) return false
  const { clusterIP = 'None', clusterIPs = [] } = spec
  return [clusterIP, ...(Array.isArray(clusterIPs) ? clusterIPs : [clusterIPs])].some((value) => value !== 'None')
}

/** The `spec` of a Service with empty texts for its addresses, and those: first `clusterIP`, then `clusterIPs`. */
export function withoutAddresses(spec: JsonObject): {
  readonly spec: JsonObject
  readonly addresses: readonly string[]
} {
  const addresses: string[] = []
  const empty = replacedAddresses(spec, (address) => {
    addresses.push(address)
    return ''
  })
  return { spec: empty, addresses }
}

/** The other way round. @param lines of the addresses */
export function withAddresses(spec: JsonObject, lines: readonly string[]): JsonObject {
  const left = [...lines]
  return replacedAddresses(spec, (address) => (address === '' ? (left.shift() ?? '').slice(SIGN.length) : address))
}

function replacedAddresses(spec: JsonObject, replace: (address: string) => string): JsonObject {
  const { clusterIP, clusterIPs } = spec
  const replaced = (value: Json): Json => (typeof value === 'string' && isAddress(value) ? replace(value) : value)
  const changed: Record<string, Json> = { ...spec }
  if (clusterIP !== undefined) changed.clusterIP = replaced(clusterIP)
  if (Array.isArray(clusterIPs)) changed.clusterIPs = clusterIPs.map(replaced)
  return changed
}
