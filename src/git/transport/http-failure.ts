import { CodedError } from '../../model/failure.ts'
import { errorCode, timeoutFailure } from '../git-failure.ts'

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])
/** OpenSSL's codes for a certificate that is not accepted, as Node reports them. */
const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|ERR_OSSL_)/

/**
 * The failure of a repository whose request failed before or during the response.
 * @returns a coded error with the reason of the system, without address or credentials; an abort unchanged
 */
export function requestFailure(error: unknown, host: string, signal: AbortSignal): unknown {
  if (signal.aborted) return timeoutFailure(signal.reason, host)
  const causes = [...causesOf(error)]
  const coded = causes.find((cause) => cause instanceof CodedError)
  if (coded !== undefined) return coded
  const codes = causes.map(errorCode).filter((code) => code !== '')
  const certificate = codes.find((code) => CERTIFICATE.test(code))
  if (certificate !== undefined) return new CodedError('GDE_GIT_TLS', `${host}: ${certificate}`, {}, { cause: error })
  const timeout = codes.find((code) => TIMEOUTS.has(code))
  if (timeout !== undefined) return new CodedError('GDE_TIMEOUT', `${host} does not answer`, {}, { cause: error })
  const reason = codes.at(-1) ?? (error instanceof Error ? error.name : 'unknown error')
  return new CodedError('GDE_GIT_UNREACHABLE', `${host}: ${reason}`, {}, { cause: error })
}

/** The error, its causes, and the errors in an `AggregateError` (Node tries several addresses of a name). */
function* causesOf(error: unknown, depth = 0): Generator<unknown, void, undefined> {
  yield error
  if (!(error instanceof Error) || depth > 4) return
  if (error instanceof AggregateError) for (const one of error.errors) yield* causesOf(one, depth + 1)
  if (error.cause !== undefined) yield* causesOf(error.cause, depth + 1)
}

/** The failure for a response status other than 200. */
export function statusFailure(status: number, host: string): CodedError {
  if (status === 401 || status === 403) return new CodedError('GDE_GIT_AUTH', `${host} answers ${status}`)
  // Azure DevOps sends the page that asks to sign in with 203.
  if (status === 203) return new CodedError('GDE_GIT_AUTH', `${host} asks to sign in`)
  if (status === 404 || status === 410)
    return new CodedError('GDE_GIT_AUTH', `${host} answers ${status}: no such repository, or not for these credentials`)
  if (status === 407) return new CodedError('GDE_GIT_UNREACHABLE', 'the proxy asks for credentials')
  if (status === 429 || status >= 500) return new CodedError('GDE_GIT_UNREACHABLE', `${host} answers ${status}`)
  return new CodedError('GDE_GIT_PROTOCOL', `${host} answers ${status}`)
}
