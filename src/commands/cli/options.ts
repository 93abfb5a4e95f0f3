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
  /** Some of the choices, with commas between; repeatable. */
  | { readonly type: 'set'; readonly choices: readonly string[]; readonly default: string }
  /** A word without dashes; a command has at most one. */
  | { readonly type: 'argument'; readonly value: string; readonly choices: readonly string[]; readonly required?: true }
)
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type OptionValue<Spec extends OptionSpec> = Spec extends { readonly type: 'flag' }
  ? boolean
  : Spec extends { readonly type: 'list' }
    ? readonly string[]
    : Spec extends { readonly type: 'choice'; readonly choices: readonly (infer Choice)[] }
      ? Choice
      : Spec extends { readonly type: 'set'; readonly choices: readonly (infer Choice)[] }
        ? ReadonlySet<Choice>
        : Spec extends { readonly type: 'argument'; readonly choices: readonly (infer Choice)[] }
          ? Spec extends { readonly required: true }
            ? Choice
            : Choice | undefined
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
    if ((spec.type === 'text' || spec.type === 'argument') && spec.required === true && (given[name] ?? '') === '')
      throw new UsageError(`${spec.type === 'text' ? `--${name}` : spec.value} is needed`)
  // Each value was read by the spec that its type is made of.
  return Object.fromEntries(values) as OptionValues<Specs>
}

type Given = string | boolean | readonly (string | boolean)[] | undefined

function parse(args: readonly string[], specs: OptionSpecs): Readonly<Record<string, Given>> {
  const isArgument = ([, { type }]: readonly [string, OptionSpec]): boolean => type === 'argument'
  const [argument] = Object.keys(Object.fromEntries(Object.entries(specs).filter(isArgument)))
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(specs)
      .filter((entry) => !isArgument(entry))
      .map(([name, { type }]) => [
        name,
        { type: type === 'flag' ? 'boolean' : 'string', multiple: type === 'list' || type === 'set' },
      ]),
  )
  try {
    const allowPositionals = argument !== undefined
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals })
    if (positionals.length > 1) throw new UsageError(`one argument is taken, not ${positionals.length}`)
    return argument === undefined ? values : { ...values, [argument]: positionals[0] }
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
  const subject = spec.type === 'argument' ? spec.value : option
  const refuse = (wanted: string): never => {
    throw new UsageError(`${subject} must be ${wanted}, not ${JSON.stringify(given)}`)
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
    case 'argument':
      if (given === undefined) return undefined
      return spec.choices.find((choice) => choice === given) ?? refuse(spec.choices.join(' or '))
    case 'set': {
      const words = Array.isArray(given) ? given.flatMap((text) => String(text).split(',')) : spec.default.split(',')
      if (!words.every((word) => spec.choices.includes(word))) refuse(`some of ${spec.choices.join(', ')}`)
      return new Set(words)
    }
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
