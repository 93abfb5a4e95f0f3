import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { sameDuration } from './duration.ts'
import { sameQuantity } from './quantity.ts'
import { ANY_FIELD, type ScalarNode, type SchemaNode } from './schema/node.ts'
import { decodeBase64 } from './serialization/base64.ts'
import { sameTime } from './time.ts'

/** Whether two scalars are the same to the server, which spells quantities, times and bytes anew. */
function sameScalar(declared: Json, live: Json, scalar: ScalarNode['scalar']): boolean {
  if (declared === live) return true
  switch (scalar) {
    case 'quantity':
      return sameQuantity(declared, live)
    case 'duration':
      return sameDuration(declared, live)
    case 'time':
    case 'microTime':
      return sameTime(declared, live, scalar)
    case 'bytes':
      return sameBytes(declared, live)
    case 'plain':
      return sameInteger(declared, live) || sameInteger(live, declared)
    default:
      return scalar satisfies never
  }
}

/** A large integer may be written with all its digits or as 1e19. */
function sameInteger(left: Json, right: Json): boolean {
  return typeof left === 'bigint' && typeof right === 'number' && Number.isInteger(right) && BigInt(right) === left
}

function sameBytes(declared: Json, live: Json): boolean {
  if (typeof declared !== 'string' || typeof live !== 'string') return false
  const left = decodeBase64(declared)
  const right = decodeBase64(live)
  return left !== undefined && right !== undefined && Buffer.compare(left, right) === 0
}

/** Whether two values are the same throughout, by their schema; absent, `null` and nothing else are alike. */
export function sameValue(declared: Json | undefined, live: Json | undefined, shape: SchemaNode): boolean {
  if (declared === live) return true
  const node = meantBy(shape)
  if (declared === undefined || declared === null) return live === undefined || live === null
  if (live === undefined || live === null) return false
  if (Array.isArray(declared)) {
    const item = node.type === 'list' ? node.item.node : ANY_FIELD.node
    return (
      Array.isArray(live) &&
      declared.length === live.length &&
      declared.every((value: Json, index) => sameValue(value, live[index], item))
    )
  }
  if (isJsonObject(declared)) return isJsonObject(live) && sameObject(declared, live, node)
  if (typeof live === 'object') return false
  return sameScalar(declared, live, node.type === 'scalar' ? node.scalar : 'plain')
}

/** The type that the value is taken for. */
export function meantBy(node: SchemaNode): SchemaNode {
  return node.type === 'any' && node.like !== undefined ? node.like : node
}

function sameObject(declared: JsonObject, live: JsonObject, node: SchemaNode): boolean {
  const keys = Object.keys(declared)
  if (keys.length !== Object.keys(live).length) return false
  return keys.every((key) => {
    if (!Object.hasOwn(live, key)) return false
    const field = node.type === 'object' ? (node.fields.get(key) ?? node.values ?? ANY_FIELD) : ANY_FIELD
    return sameValue(declared[key], live[key], field.node)
  })
}
