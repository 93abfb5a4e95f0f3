import { errorCode, timeoutFailure } from '../../git/git-failure.ts'
import { CodedError } from '../../model/failure.ts'

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])
/** OpenSSL's codes for a certificate that is not accepted, as Node reports them. */
const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|ERR_OSSL_)/

/** A URL as messages name it: no query, since servers put signatures there. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`
}

/**
 * The failure of a request that failed before or during its response.
 * @returns a coded error with the reason of the system, without credentials; an abort unchanged
 */
export function requestFailure(error: unknown, url: URL, signal: AbortSignal): unknown {
  if (signal.aborted) return timeoutFailure(signal.reason, shownUrl(url))
  const causes = [...causesOf(error)]
  const coded = causes.find((cause) => cause instanceof CodedError)
  if (coded !== undefined) return coded
  const codes = causes.map(errorCode).filter((code) => code !== '')
  const options = { cause: error }
  const certificate = codes.find((code) => CERTIFICATE.test(code))
  if (certificate !== undefined)
    return new CodedError('GDE_SOURCE_TLS', `${shownUrl(url)}: ${certificate}`, {}, options)
  if (codes.some((code) => TIMEOUTS.has(code)))
    return new CodedError('GDE_TIMEOUT', `${shownUrl(url)} does not answer`, {}, options)
  const reason = codes.at(-1) ?? (error instanceof Error ? error.name : 'unknown error')
  return new CodedError('GDE_SOURCE_UNREACHABLE', `${shownUrl(url)}: ${reason}`, {}, options)
}

/** The error, its causes, and the errors in an `AggregateError` (Node tries several addresses of a name). */
function* causesOf(error: unknown, depth = 0): Generator<unknown, void, undefined> {
  yield error
  if (!(error instanceof Error) || depth > 4) return
  if (error instanceof AggregateError) for (const one of error.errors) yield* causesOf(one, depth + 1)
  if (error.cause !== undefined) yield* causesOf(error.cause, depth + 1)
}

/** The failure for a status that is no success. */
export function statusFailure(status: number, url: URL): CodedError {
  const answers = `${shownUrl(url)} answers ${status}`
  if (status === 401 || status === 403) return new CodedError('GDE_SOURCE_AUTH', answers)
  if (status === 404 || status === 410) return new CodedError('GDE_SOURCE_NOT_FOUND', answers)
  if (status === 407) return new CodedError('GDE_SOURCE_UNREACHABLE', 'the proxy asks for credentials')
  if (status === 429)
    return new CodedError(
      'GDE_SOURCE_UNREACHABLE',
      `${answers}: it was asked too often, so it is left alone for a while`,
    )
  if (status >= 500) return new CodedError('GDE_SOURCE_UNREACHABLE', answers)
  return new CodedError('GDE_SOURCE_PROTOCOL', answers)
}
