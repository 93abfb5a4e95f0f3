import { CodedError } from '../model/failure.ts'

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
