import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { durationSeconds } from '../../config/duration.ts'
import { didYouMean } from '../../text/nearest-name.ts'
import { UsageError } from './usage-error.ts'

/** One option of a command: what is read and what `--help` says of it both come from here. */
export type OptionSpec = { readonly help: string } & (
  | { readonly type: 'flag' }
  | { readonly type: 'text'; readonly value: string; readonly required?: true }
  /** Repeatable. */
  | { readonly type: 'list'; readonly value: string }
  | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default: string }
  | { readonly type: 'duration'; readonly default: string }
  | { readonly type: 'integer'; readonly value: string; readonly min: number; readonly max: number }
)
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type OptionValue<Spec extends OptionSpec> = Spec extends { readonly type: 'flag' }
  ? boolean
  : Spec extends { readonly type: 'list' }
    ? readonly string[]
    : Spec extends { readonly type: 'choice'; readonly choices: readonly (infer Choice)[] }
      ? Choice
      : Spec extends { readonly type: 'duration' }
        ? number
        : Spec extends { readonly type: 'integer' }
          ? number | undefined
          : Spec extends { readonly required: true }
            ? string
            : string | undefined

/** Durations in seconds. */
export type OptionValues<Specs extends OptionSpecs> = { readonly [Name in keyof Specs]: OptionValue<Specs[Name]> }

/**
 * The values of a command's options. `--help` never gets here.
 * @throws UsageError for an unknown option, one that is missing, a value that cannot be, or an argument where none is taken
 */
export function readOptions<Specs extends OptionSpecs>(args: readonly string[], specs: Specs): OptionValues<Specs> {
  const given = parse(args, specs)
  const values = Object.entries(specs).map(([name, spec]) => [name, readValue(given[name], spec, `--${name}`)])
  for (const [name, spec] of Object.entries(specs))
    if (spec.type === 'text' && spec.required === true && (given[name] ?? '') === '')
      throw new UsageError(`--${name} is needed`)
  // Each value was read by the spec that its type is made of.
  return Object.fromEntries(values) as OptionValues<Specs>
}

type Given = string | boolean | readonly (string | boolean)[] | undefined

function parse(args: readonly string[], specs: OptionSpecs): Readonly<Record<string, Given>> {
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(specs).map(([name, { type }]) => [
      name,
      { type: type === 'flag' ? 'boolean' : 'string', multiple: type === 'list' },
    ]),
  )
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    if (!(error instanceof TypeError) || !('code' in error)) throw error
    const unknown = /^Unknown option '(--?[^']*)'/.exec(error.message)?.[1]
    if (unknown !== undefined) {
      const known = Object.keys(specs).map((name) => `--${name}`)
      throw new UsageError(`unknown option ${unknown}${didYouMean(unknown, known)}`)
    }
    throw new UsageError(error.message.split('. ')[0] ?? error.message)
  }
}

function readValue(given: Given, spec: OptionSpec, option: string): unknown {
  const refuse = (wanted: string): never => {
    throw new UsageError(`${option} must be ${wanted}, not ${JSON.stringify(given)}`)
  }
  switch (spec.type) {
    case 'flag':
      return given === true
    case 'list':
      return given ?? []
    case 'text':
      return given
    case 'choice':
      return spec.choices.find((choice) => choice === (given ?? spec.default)) ?? refuse(spec.choices.join(' or '))
    case 'duration': {
      const seconds = durationSeconds(String(given ?? spec.default)) ?? 0
      return seconds < 1 ? refuse('a duration such as 30s or 5m') : seconds
    }
    case 'integer': {
      if (given === undefined) return undefined
      const { min, max } = spec
      const isInteger = typeof given === 'string' && /^\d+$/.test(given) && Number(given) >= min && Number(given) <= max
      return isInteger ? Number(given) : refuse(`a number from ${min} to ${max}`)
    }
    default:
      return spec satisfies never
  }
}
