import type { ErrorCode } from '../model/errors.ts'
import { CodedError } from '../model/failure.ts'

/** The system's word for what went wrong with a file or a socket (`ENOENT`, `ECONNREFUSED`), '' if it has none. */
export function errorCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}

/** What is thrown when bytes of an object store are not what Git would have written. */
export function damage(message: string, cause?: unknown): CodedError {
  return new CodedError('GDE_GIT_DAMAGED', message, {}, cause === undefined ? undefined : { cause })
}

/** The disk is full, or a folder is not ours: the system's word as what it means, without the path; other errors as they were. */
export function systemFailure(error: unknown, code: ErrorCode, what: string): unknown {
  const word = errorCode(error)
  if (error instanceof CodedError || word === '') return error
  return new CodedError(code, `${what}: ${word}`, {}, { cause: error })
}

/**
 * `AbortSignal.timeout` throws an error of its own, which Node's functions hand on as the cause of an abort: both mean that
 * something took longer than its limit.
 * @returns a coded error for those, everything else as it was
 */
export function timeoutFailure(error: unknown, what: string): unknown {
  if (error instanceof CodedError || !(error instanceof Error)) return error
  const timedOut = [error, error.cause].some((one) => one instanceof Error && one.name === 'TimeoutError')
  return timedOut ? new CodedError('GDE_TIMEOUT', `${what} takes too long`, {}, { cause: error }) : error
}
