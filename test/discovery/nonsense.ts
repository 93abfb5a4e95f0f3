import { isJsonObject, type Json } from '../../src/model/json.ts'
import fc from '../fast-check.ts'

/** The way to a value within another. */
export type Steps = readonly (string | number)[]

/** Every place in the value, as the steps to it. */
export function pathsIn(value: Json, steps: Steps = []): readonly Steps[] {
  const children: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? value.map((item: Json, index) => [index, item] as const)
    : isJsonObject(value)
      ? Object.entries(value)
      : []
  return children.flatMap(([step, child]) => [[...steps, step], ...pathsIn(child, [...steps, step])])
}

/** The value with another one at a place. */
export function replaced(value: Json, [step, ...rest]: Steps, by: Json): Json {
  if (step === undefined) return by
  if (Array.isArray(value)) return value.map((item: Json, index) => (index === step ? replaced(item, rest, by) : item))
  if (!isJsonObject(value)) return value
  return { ...value, [step]: replaced(value[step] ?? null, rest, by) }
}

/** What somebody might write into a field by mistake or on purpose. */
export const nonsense: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1e300,
    '',
    '__proto__',
    '${',
    '../..',
    '\u0000',
    [],
    {},
    [null],
    [[]],
  ),
  fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value) ?? 'null')),
  fc.string().map((key): Json => ({ [key]: key })),
)
