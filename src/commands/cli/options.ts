import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { LOG_LEVELS, type LogLevel } from '../../model/log.ts'
import { didYouMean } from '../../text/nearest-name.ts'
import { UsageError } from './command.ts'

/**
 * The values of a command's options. `--help` never gets here.
 * @throws UsageError for an unknown option, a missing value, or an argument where none is taken
 */
export function readOptions<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    if (!(error instanceof TypeError) || !('code' in error)) throw error
    const unknown = /^Unknown option '(--?[^']*)'/.exec(error.message)?.[1]
    if (unknown !== undefined) {
      const known = Object.keys(options).map((name) => `--${name}`)
      throw new UsageError(`unknown option ${unknown}${didYouMean(unknown, known)}`)
    }
    throw new UsageError(error.message.split('. ')[0] ?? error.message)
  }
}

/** @throws UsageError when the option is not there */
export function requireOption(value: string | undefined, option: string): string {
  if (value === undefined || value === '') throw new UsageError(`${option} is needed`)
  return value
}

/** @throws UsageError when the value is none of the choices */
export function requireOneOf<Choice extends string>(value: string, choices: readonly Choice[], option: string): Choice {
  const choice = choices.find((one) => one === value)
  if (choice === undefined)
    throw new UsageError(`${option} must be ${choices.join(' or ')}, not ${JSON.stringify(value)}`)
  return choice
}

/** `--log-level`. @throws UsageError for a level that there is not */
export function requireLogLevel(value: string): LogLevel {
  return requireOneOf(value, LOG_LEVELS, '--log-level')
}
