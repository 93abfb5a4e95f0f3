import { Type } from '@sinclair/typebox'
import { DURATION_PATTERN } from './duration.ts'

/** Every map of the file: an unknown key is an error. */
export const strict = { additionalProperties: false } as const

export const Duration = (description: string, value: string) =>
  Type.Optional(
    Type.String({ description, title: 'a duration such as 30s or 2m', pattern: DURATION_PATTERN, default: value }),
  )

export const Name = (description: string) =>
  Type.String({
    description,
    title: 'a name of letters, digits, "-", "_" and ".", such as prod-us',
    pattern: '^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
    maxLength: 253,
  })

export const StringList = (description: string, value?: readonly string[]) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), { description, ...(value === undefined ? {} : { default: value }) }),
  )

export const Path = (description: string) => Type.String({ description, minLength: 1 })
