import type { TSchema } from '@sinclair/typebox'
import { Check, Default } from '@sinclair/typebox/value'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { Failure } from '../model/failure.ts'
import { didYouMean } from '../text/nearest-name.ts'
import { type ConfigDocument, pointerToken } from './config-document.ts'
import { type ConfigFile, ConfigSchema } from './schema.ts'

export interface ShapeFailure {
  /** JSON pointer to what is wrong. */
  readonly pointer: string
  readonly failure: Failure
}

export interface ShapeResult<File> {
  /** The file with its defaults, and without what is wrong with its shape; absent when too little of it would be left. */
  readonly config?: File
  readonly failures: readonly ShapeFailure[]
}

/** A schema as it checks a file. Both ways fill in what is left out, so what they are given has to be a copy. */
export interface Shape<File> {
  /** Whether all is right. */
  fits(value: unknown): value is File
  /**
   * Says everything that is wrong. It is compiled when it is first asked for: that takes a quarter of a second and 30 MB, which a file without
   * mistakes does not need.
   */
  validator(): ValidateFunction<File>
}

export function shapeOf<File>(schema: TSchema): Shape<File> {
  let compiled: ValidateFunction<File> | undefined
  return {
    fits(value): value is File {
      // In this order: a list where a map belongs would be taken for an empty map.
      if (!Check(schema, value)) return false
      Default(schema, value)
      return true
    },
    validator() {
      compiled ??= new Ajv({ allErrors: true, verbose: true, strict: true, useDefaults: true }).compile<File>(schema)
      return compiled
    },
  }
}

export const CONFIG_SHAPE: Shape<ConfigFile> = shapeOf(ConfigSchema)

/** Checks a document against the schema of its file: types, unknown keys, missing keys, patterns. */
export function checkShape<File>(document: ConfigDocument, file: string, shape: Shape<File>): ShapeResult<File> {
  const value: unknown = structuredClone(document.value)
  if (shape.fits(value)) return { config: value, failures: [] }
  const judged: unknown = structuredClone(document.value)
  const hasShape = shape.validator()
  if (hasShape(judged)) return { config: judged, failures: [] }
  const failures = shapeFailures(hasShape.errors ?? [], document, file)
  // The rest is still checked, so that every mistake of the file is reported at once.
  const rest: unknown = structuredClone(document.value)
  for (const { pointer } of failures) removeAt(rest, pointer)
  return { failures, ...(hasShape(rest) && { config: rest }) }
}

function shapeFailures(
  errors: readonly ErrorObject[],
  document: ConfigDocument,
  file: string,
): readonly ShapeFailure[] {
  // The errors of a union's branches repeat that of the union, and other errors of a value repeat that of its type.
  const unions = errors.filter((error) => error.keyword === 'anyOf').map((error) => error.schemaPath)
  const mistyped = errors.filter((error) => error.keyword === 'type').map((error) => error.instancePath)
  const own = errors.filter(
    (error) =>
      !unions.some((path) => error.schemaPath.startsWith(`${path}/`)) &&
      (error.keyword === 'type' || !mistyped.includes(error.instancePath)),
  )
  return own.map((error) => {
    const { message, key } = shapeMessage(error)
    const position = key === undefined ? document.valueAt(error.instancePath) : document.keyAt(key)
    return {
      pointer: key ?? error.instancePath,
      failure: { code: 'GDE_CONFIG_INVALID', message, file, ...position },
    }
  })
}

/** Keys of maps alone: an item out of a list would move the others. */
function removeAt(value: unknown, pointer: string): void {
  const tokens = pointerTokens(pointer)
  const last = tokens.pop()
  const parent = tokens.reduce<unknown>((found, token) => (isMap(found) ? found[token] : undefined), value)
  if (last !== undefined && isMap(parent) && !Array.isArray(parent)) delete parent[last]
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function pointerTokens(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** `apps[0].source.path`, as a person says where something is. */
export function pointerText(pointer: string): string {
  return pointerTokens(pointer)
    .map((token, index) => (/^\d+$/.test(token) ? `[${token}]` : index === 0 ? token : `.${token}`))
    .join('')
}

function shapeMessage(error: ErrorObject): { readonly message: string; readonly key?: string } {
  const subject = error.instancePath === '' ? 'the file' : pointerText(error.instancePath)
  const { params, data, keyword } = error
  const parent = error.parentSchema ?? {}
  switch (keyword) {
    case 'additionalProperties': {
      const name = String(params.additionalProperty)
      const known = Object.keys(parent.properties ?? {})
      const key = `${error.instancePath}/${pointerToken(name)}`
      const hint = didYouMean(name, known)
      const choice = hint === '' ? `; known are ${known.join(', ')}` : hint
      return { message: `unknown key ${JSON.stringify(name)}${choice}`, key }
    }
    case 'required':
      return { message: `${subject} needs ${JSON.stringify(params.missingProperty)}` }
    case 'type':
      if (data === null)
        return { message: `${subject} is empty, but must be ${typeText(params.type)}: fill it in or leave it out` }
      return { message: `${subject} must be ${typeText(params.type)}, not ${typeText(jsonType(data))}` }
    case 'minLength':
    case 'minItems':
      return { message: `${subject} must not be empty` }
    case 'minimum':
    case 'maximum':
      return { message: `${subject} must be ${keyword === 'minimum' ? 'at least' : 'at most'} ${params.limit}` }
    case 'pattern':
    case 'const':
    case 'anyOf':
    case 'maxLength':
      return { message: `${subject} must be ${String(parent.title ?? 'something else')}, not ${valueText(data)}` }
    default:
      return { message: `${subject} ${error.message ?? 'is wrong'}` }
  }
}

function typeText(type: unknown): string {
  switch (type) {
    case 'object':
      return 'a map'
    case 'array':
      return 'a list'
    case 'string':
      return 'text'
    case 'integer':
      return 'a whole number'
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'empty'
    default:
      return `a ${String(type)}`
  }
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return value === null ? 'null' : typeof value
}

function valueText(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : typeof value === 'object'
        ? typeText(jsonType(value))
        : String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
