import { ERRORS } from '../model/errors.ts'
import { CodedError, type Failure, failureLine } from '../model/failure.ts'

const UNSPECIFIED: Failure = { code: 'GDE_CONFIG_INVALID', message: 'the file has no usable shape' }

/** A config file that cannot be used, with everything that is wrong with it, in the order of the file. */
export class ConfigError extends CodedError {
  readonly failures: readonly Failure[]

  constructor(failures: readonly Failure[]) {
    const [first = UNSPECIFIED, ...rest] = failures
    const { code, message, ...where } = first
    super(code, rest.length === 0 ? message : `${message} (and ${rest.length} more)`, where)
    this.failures = failures
  }
}

/** All failures of an error of `loadConfig`, one a line, then what to do about them, each advice once. */
export function configErrorText(error: CodedError): string {
  const failures = error instanceof ConfigError ? error.failures : [error.failure]
  const actions = new Set(failures.map(({ code }) => ERRORS[code].action))
  return [...failures.map(failureLine), ...[...actions].map((action) => `  ${action}`)].join('\n')
}
