import type { ErrorCode } from '../model/errors.ts'
import { CodedError } from '../model/failure.ts'

/** The system error code of a file or socket error (`ENOENT`, `ECONNREFUSED`), '' if it has none. */
export function errorCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}

/** The error for bytes of an object store that Git would not have written. */
export function damage(message: string, cause?: unknown): CodedError {
  return new CodedError('GDE_GIT_DAMAGED', message, {}, cause === undefined ? undefined : { cause })
}

/**
 * Turns a system error (disk full, no access) into a coded one, without the path; other errors are returned unchanged.
 */
export function systemFailure(error: unknown, code: ErrorCode, what: string): unknown {
  const systemCode = errorCode(error)
  if (error instanceof CodedError || systemCode === '') return error
  return new CodedError(code, `${what}: ${systemCode}`, {}, { cause: error })
}

/**
 * `AbortSignal.timeout` throws a `TimeoutError`, which Node's functions pass on as the cause of an `AbortError`: both
 * mean that something took longer than its limit.
 * @returns a coded error for those, everything else unchanged
 */
export function timeoutFailure(error: unknown, what: string): unknown {
  if (error instanceof CodedError || !(error instanceof Error)) return error
  const timedOut = [error, error.cause].some((one) => one instanceof Error && one.name === 'TimeoutError')
  return timedOut ? new CodedError('GDE_TIMEOUT', `${what} takes too long`, {}, { cause: error }) : error
}

/** The connection broke while an answer was read. Servers restart: all requests only read, so that one is sent once more. */
export class BrokenAnswer extends CodedError {
  constructor(host: string, cause?: unknown) {
    const reason = errorCode(cause)
    const shown = reason === '' ? '' : ` (${reason})`
    super('GDE_GIT_UNREACHABLE', `${host} breaks off the connection in the middle of an answer${shown}`, {}, { cause })
  }
}
