import { authorizationHeader, type Login } from '../../credentials/login.ts'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import { hideWhileUsed } from '../../model/secrets/outgoing-text.ts'
import type { ServerContext } from '../archive-server.ts'
import { loginOf } from '../http/authorization.ts'
import { readBody } from '../http/download.ts'
import { type HttpAnswer, HttpClient, type HttpRequest } from '../http/http-client.ts'
import { shownUrl, statusFailure } from '../http/http-failure.ts'
import { type Challenge, readChallenges } from './challenge.ts'
import { type RegistryAddress, registryAddress } from './registry-address.ts'

/** What the specification of tokens has where the answer does not say it. */
const TOKEN_SECONDS = 60
/** A token is not used in its last seconds. */
const MARGIN_MS = 5_000

/** The requests of one repository of a registry, with the tokens that they need (API v2 of distribution). */
export class RegistryClient {
  readonly address: RegistryAddress
  readonly #spec: RepositorySpec
  readonly #context: ServerContext
  readonly #client: HttpClient
  #token: { readonly header: string; readonly until: number } | undefined
  /** The registry takes user and password themselves. */
  #usesBasic = false

  constructor(spec: RepositorySpec, context: ServerContext) {
    this.address = registryAddress(spec)
    this.#spec = spec
    this.#context = context
    this.#client = new HttpClient(spec, context.limits, context.now)
  }

  #login(): Promise<Login | undefined> {
    return loginOf(this.#spec.credentials, new URL(this.address.base), this.#context.credentials)
  }

  get pauseMs(): number {
    return this.#client.pauseMs
  }

  /**
   * One request below the repository.
   * @param path such as `manifests/1.0.0`, or a URL of the registry that it named itself
   * @returns an answer of any status but 401
   */
  async send(
    path: string | URL,
    options: Pick<HttpRequest, 'method' | 'headers' | 'maxBytes'>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const url = typeof path === 'string' ? new URL(`${this.address.base}/v2/${this.address.name}/${path}`) : path
    const answer = await this.#client.send({ ...options, url, authorization: await this.#authorization() }, signal)
    if (answer.status !== 401) return answer
    // The token was revoked, or there was none.
    this.#token = undefined
    const challenges = readChallenges(answer.header('www-authenticate'))
    await answer.drop()
    const authorization = await this.#answerTo(challenges, url, signal)
    const second = await this.#client.send({ ...options, url, authorization }, signal)
    if (second.status !== 401) return second
    await second.drop()
    throw statusFailure(401, url)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #authorization(): Promise<string | undefined> {
    if (this.#usesBasic) return headerOf(await this.#login())
    return this.#token !== undefined && this.#context.now() < this.#token.until ? this.#token.header : undefined
  }

  async #answerTo(challenges: readonly Challenge[], url: URL, signal: AbortSignal): Promise<string> {
    const login = await this.#login()
    // A token of a registry that somebody gives is sent as it is.
    if (login?.type === 'bearer') return authorizationHeader(login)
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
    if (bearer !== undefined) return this.#fetchToken(bearer, login, signal)
    if (login?.type !== 'basic' || !challenges.some(({ scheme }) => scheme === 'basic')) throw statusFailure(401, url)
    this.#usesBasic = true
    return authorizationHeader(login)
  }

  async #fetchToken({ parameters }: Challenge, login: Login | undefined, signal: AbortSignal): Promise<string> {
    const { limits, now } = this.#context
    const realm = URL.parse(parameters.get('realm') ?? '')
    if (realm === null || !/^https?:$/.test(realm.protocol))
      throw new CodedError('GDE_SOURCE_PROTOCOL', `${this.address.shown} does not say where tokens are given`)
    if (realm.protocol === 'http:' && this.#spec.plainHttp !== true)
      throw new CodedError(
        'GDE_SOURCE_PROTOCOL',
        `${this.address.shown} wants a token of ${shownUrl(realm)}, without TLS`,
      )
    const service = parameters.get('service')
    const scope = parameters.get('scope') ?? `repository:${this.address.name}:pull`
    const wanted = { ...(service !== undefined && { service }), scope }
    const request = { url: realm, maxBytes: limits.documentBytes, ...tokenRequest(realm, wanted, login) }
    const answer = await this.#client.send(request, signal)
    if (answer.status !== 200) {
      await answer.drop()
      throw statusFailure(answer.status, answer.url)
    }
    const { token, seconds } = readToken(await readBody(answer), realm)
    const header = `Bearer ${token}`
    hideWhileUsed(this.#spec.credentials, header)
    this.#token = { header, until: now() + seconds * 1000 - MARGIN_MS }
    return header
  }
}

/** By GET for users and for nobody; a refresh token goes as a form (distribution/spec, auth/oauth). */
function tokenRequest(
  realm: URL,
  wanted: Readonly<Record<string, string>>,
  login: Login | undefined,
): Pick<HttpRequest, 'form' | 'authorization'> {
  if (login?.type === 'identityToken') {
    const grant = { grant_type: 'refresh_token', client_id: 'gitops-drift-exporter', refresh_token: login.token }
    return { form: new URLSearchParams({ ...grant, ...wanted }) }
  }
  for (const [key, value] of Object.entries(wanted)) realm.searchParams.set(key, value)
  return { authorization: headerOf(login) }
}

function headerOf(login: Login | undefined): string | undefined {
  return login === undefined ? undefined : authorizationHeader(login)
}

function readToken(body: Buffer, realm: URL): { readonly token: string; readonly seconds: number } {
  const fields = readJsonObject(body)
  const token = fields?.token ?? fields?.access_token
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new CodedError('GDE_SOURCE_PROTOCOL', `${shownUrl(realm)} answers no token`)
  const seconds = fields?.expires_in
  return { token, seconds: typeof seconds === 'number' && seconds > 0 ? seconds : TOKEN_SECONDS }
}

/** @returns undefined for what is no object of JSON */
export function readJsonObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseJson(body.toString('utf8'))
    return isJsonObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof CodedError) return undefined
    throw error
  }
}
