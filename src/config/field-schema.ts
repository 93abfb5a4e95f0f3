import type { Static, TObject, TProperties, TSchema } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'
import { DURATION_PATTERN } from './duration.ts'

/** Every map of the file: an unknown key is an error. */
export const strict = { additionalProperties: false } as const

/**
 * A key that may be left out and then has this value. Here alone the value is stated: the check of a file fills it in (`check-shape.ts`), so
 * that to the types, and to all who read a checked file, the key is there.
 */
export const withDefault = <S extends TSchema>(schema: S, value: Static<S>) =>
  Type.Unsafe<Static<S>>({ ...Type.Optional(schema), default: value })

/** A map that may be left out as a whole: its keys then have their defaults. */
export const section = <P extends TProperties>(properties: P, options: { readonly description?: string } = {}) =>
  Type.Unsafe<Static<TObject<P>>>({ ...Type.Optional(Type.Object(properties, { ...strict, ...options })), default: {} })

/** Marks a schema; a symbol, so that JSON Schema knows nothing of it. */
export const NEEDS_RESTART: unique symbol = Symbol('needs restart')

/** A key whose value is read once, at the start: a reload that changes it says so (`restart-keys.ts`). */
export const atNextStart = <S extends TSchema>(schema: S): S & { readonly [NEEDS_RESTART]: true } => ({
  ...schema,
  [NEEDS_RESTART]: true,
})

export const Duration = (description: string, value: string) =>
  withDefault(Type.String({ description, title: 'a duration such as 30s or 2m', pattern: DURATION_PATTERN }), value)

export const Name = (description: string) =>
  Type.String({
    description,
    title: 'a name of letters, digits, "-", "_" and ".", such as prod-us',
    pattern: '^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
    maxLength: 253,
  })

export const StringList = (description: string) => Type.Array(Type.String({ minLength: 1 }), { description })

export const Flag = (description: string) => Type.Boolean({ description })

/** One of some words, which docs and errors name. */
export const Choice = <const Words extends readonly string[]>(words: Words, description: string) =>
  Type.Unsafe<Words[number]>(
    Type.Union(
      words.map((word) => Type.Literal(word)),
      { description, title: `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` },
    ),
  )

export const Path = (description: string) => Type.String({ description, minLength: 1 })
