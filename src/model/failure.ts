import { ERRORS, type ErrorCode } from './errors.ts'
import { outgoingText } from './secrets/outgoing-text.ts'
import { visibleLines, visibleText } from './visible-text.ts'

/** Where a failure has its cause. `file` is relative to its repository, config folder or snapshot. */
export interface Where {
  readonly app?: string
  readonly cluster?: string
  readonly repository?: string
  readonly file?: string
  /** 1-based. */
  readonly line?: number
  readonly column?: number
}

/** A coded error as plain data: it crosses threads, is kept in verdicts, and is shown to people. */
export interface Failure extends Where {
  readonly code: ErrorCode
  /** Says what is wrong here; never holds credentials, secret values or URLs with user info. */
  readonly message: string
}

/**
 * The only exception that is thrown on purpose. Everything else that is thrown is a bug (`GDE_INTERNAL`). Its message is without
 * credentials that are in use where it arises: no other thread knows them.
 */
export class CodedError extends Error {
  readonly failure: Failure

  constructor(code: ErrorCode, message: string, where: Where = {}, options?: ErrorOptions) {
    const shown = outgoingText(message)
    super(shown, options)
    this.name = code
    this.failure = { ...where, code, message: shown }
  }
}

/** Turns whatever was thrown into data. What was not coded becomes `GDE_INTERNAL`, an abort `GDE_ABORTED`. */
export function toFailure(thrown: unknown, where: Where = {}): Failure {
  if (thrown instanceof CodedError) return { ...where, ...thrown.failure }
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return { ...where, code: 'GDE_ABORTED', message: 'stopped before it was done' }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  return { ...where, code: 'GDE_INTERNAL', message: outgoingText(message) }
}

/** A failure that came from another thread, to be thrown in this one. */
export function fromFailure(failure: Failure): CodedError {
  const { code, message, ...where } = failure
  return new CodedError(code, message, where)
}

/** `file:line:column: message (CODE)`, then what to do: the one way in which failures are printed. */
export function failureText(failure: Failure): string {
  return `${failureLine(failure)}\n  ${ERRORS[failure.code].action}`
}

/** `file:line:column`, as far as it is known; '' when nothing is. */
export function failurePosition({ file, line, column }: Where): string {
  const name = file === undefined ? undefined : visibleText(file)
  return [name, line, column].filter((part) => part !== undefined).join(':')
}

/** The same without what to do. */
export function failureLine(failure: Failure): string {
  const position = failurePosition(failure)
  const subject = failure.app === undefined ? '' : `app ${visibleText(failure.app)}: `
  return `${position === '' ? '' : `${position}: `}${subject}${visibleLines(failure.message)} (${failure.code})`
}
