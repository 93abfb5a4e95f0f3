import type { ErrorCode } from '../../model/errors.ts'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { GroupKind } from '../../model/object.ts'
import { outgoingText } from '../../model/secrets/outgoing-text.ts'

/** OpenSSL's and Node's words for a certificate that is not to be trusted, or a peer that does not speak TLS. */
const TLS_CODE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|EPROTO|INVALID_CA)/
const PROTOCOL_CODE = /^(?:HPE_|HTTPParserError|UND_ERR_RESPONSE|ERR_HTTP2_|Z_)/
const MAX_MESSAGE = 300

/** Turns an error of a request into a coded one with a readable message, which never quotes what was sent. */
export function connectionError(error: unknown): CodedError {
  if (error instanceof CodedError) return error
  const code = codeOf(error)
  const name = code ?? (error instanceof Error ? error.name : 'unknown error')
  const where = { cause: error }
  if (TLS_CODE.test(name)) return new CodedError('GDE_CLUSTER_TLS', tlsMessage(name, error), {}, where)
  if (PROTOCOL_CODE.test(name) && REASONS[name] === undefined)
    return new CodedError('GDE_CLUSTER_PROTOCOL', `the server does not speak HTTP as it should (${name})`, {}, where)
  // undici refuses to send it: what comes from outside are the headers.
  if (name === 'UND_ERR_INVALID_ARG')
    return new CodedError(
      'GDE_CLUSTER_KUBECONFIG',
      'the credentials hold characters that no header may hold',
      {},
      where,
    )
  const reason = REASONS[name] ?? (code === undefined ? undefined : `no answer (${code})`)
  if (reason !== undefined) return new CodedError('GDE_CLUSTER_UNREACHABLE', reason, {}, where)
  return new CodedError('GDE_INTERNAL', toFailure(error).message, {}, where)
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was closed',
  ENOTFOUND: 'the name of the server cannot be resolved',
  EAI_AGAIN: 'the name of the server cannot be resolved right now',
  EHOSTUNREACH: 'there is no route to the server',
  ENETUNREACH: 'there is no route to the server',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'the server did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'the server stopped in the middle of an answer',
  UND_ERR_SOCKET: 'the server closed the connection in the middle of an answer',
  ERR_HTTP2_STREAM_ERROR: 'the server broke off an answer',
  ERR_HTTP2_STREAM_CANCEL: 'the server broke off an answer',
  ERR_HTTP2_SESSION_ERROR: 'the server closed the connection in the middle of an answer',
  ERR_HTTP2_GOAWAY_SESSION: 'the server closed the connection in the middle of an answer',
  UND_ERR_INFO: 'the server closed the connection before it answered',
  TimeoutError: 'the answer took too long',
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  // Several addresses of one name: each has its own error.
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return codeOf(error.cause)
}

function tlsMessage(name: string, error: unknown): string {
  if (name === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'the certificate is for another host name'
  if (name === 'CERT_HAS_EXPIRED') return 'the certificate has expired'
  if (/^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(name))
    return `the certificate is signed by nobody trusted (${name})`
  const alert = error instanceof Error ? /alert [a-z ]+/.exec(error.message)?.[0] : undefined
  return `TLS failed (${alert ?? name})`
}

/** An error answer of the server. */
export interface Refusal {
  readonly status: number
  /** Parsed, or undefined when it is no JSON. */
  readonly body: Json | undefined
  /** What was asked for: `pods`, `deployments.apps in shop`, `the version`. */
  readonly subject: string
  /** What was asked for was of this kind. */
  readonly kind?: GroupKind | undefined
}

/** The server answered with an error status. */
export class RefusedError extends CodedError {
  readonly status: number
  /** The body is a Kubernetes Status, so the API server (or an aggregated one) answered, and no proxy. */
  readonly isKubernetesStatus: boolean

  constructor(refusal: Refusal) {
    super(codeOfRefusal(refusal), messageOf(refusal))
    this.status = refusal.status
    this.isKubernetesStatus = isStatus(refusal.body)
  }
}

function codeOfRefusal({ status, body, kind }: Refusal): ErrorCode {
  // The paths of a CRD that was deleted are answered with a plain "404 page not found".
  const kubernetes = status === 401 || status === 403 || status >= 500 || isStatus(body) || kind !== undefined
  return kubernetes ? codeForStatus(status) : 'GDE_CLUSTER_PROTOCOL'
}

function messageOf({ status, body, subject, kind }: Refusal): string {
  // What the server says of a Secret may quote its values.
  const said = kind?.kind === 'Secret' || !isJsonObject(body) ? undefined : (causesOf(body) ?? body.message)
  return `${subject}: ${statusText(status)}${typeof said === 'string' && said !== '' ? `: ${outgoingText(said).slice(0, MAX_MESSAGE)}` : ''}`
}

const MOST_CAUSES = 10

/** What is wrong with an object, by field: the server's own sentence quotes the values, of what is sent and of what is there. */
function causesOf({ details }: JsonObject): string | undefined {
  const causes = isJsonObject(details) && Array.isArray(details.causes) ? details.causes.filter(isJsonObject) : []
  const invalid = causes.flatMap(({ field, reason }) =>
    typeof field === 'string' && field !== '' ? [`${field}: ${typeof reason === 'string' ? reason : 'invalid'}`] : [],
  )
  return invalid.length === 0 ? undefined : invalid.slice(0, MOST_CAUSES).join(', ')
}

function isStatus(body: Json | undefined): boolean {
  return isJsonObject(body) && body.kind === 'Status'
}

function codeForStatus(status: number): ErrorCode {
  if (status === 401) return 'GDE_CLUSTER_AUTH'
  if (status === 403) return 'GDE_CLUSTER_FORBIDDEN'
  if (status === 404 || status === 405) return 'GDE_CLUSTER_KIND'
  if (status === 429 || status >= 500) return 'GDE_CLUSTER_UNREACHABLE'
  return 'GDE_CLUSTER_PROTOCOL'
}

function statusText(status: number): string {
  if (status === 401) return 'the server refuses the credentials'
  if (status === 403) return 'not allowed'
  if (status === 404) return 'not served'
  if (status === 429) return 'the server has too many requests (429)'
  return `the server answers HTTP ${status}`
}

/** The error with the cluster's name, unless it has one. */
export function namingCluster(cluster: string, error: CodedError): CodedError {
  const { code, message, ...where }: Failure = error.failure
  return where.cluster === undefined ? new CodedError(code, message, { ...where, cluster }, { cause: error }) : error
}
