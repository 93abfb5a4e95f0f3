import { CodedError } from '../model/failure.ts'

/** What is thrown when bytes of an object store are not what Git would have written. */
export function damage(message: string, cause?: unknown): CodedError {
  return new CodedError('GDE_GIT_DAMAGED', message, {}, cause === undefined ? undefined : { cause })
}
