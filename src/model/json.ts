/**
 * A JSON value. Integers outside ±(2^53 − 1) are `bigint`, because Kubernetes keeps int64 exactly;
 * `parseJson` and `printJson` of kubernetes/serialization/json.ts read and write them.
 */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
