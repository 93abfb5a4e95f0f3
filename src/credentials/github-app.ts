import { createPrivateKey, createSign, type KeyObject } from 'node:crypto'
import type { GitHubAppCredentials } from '../model/apps/inventory.ts'
import { CodedError } from '../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { readSecretText } from './secret-text.ts'

/** A request to the API, over the connections of who asks: its authorities, proxy and rules for addresses hold. */
export type ApiRequest = (request: {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}) => Promise<{ readonly status: number; readonly body: string }>

export interface InstallationToken {
  readonly token: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** GitHub takes no longer ones than ten minutes; clocks may differ by one. */
const JWT_SECONDS = 540
const CLOCK_SKEW_SECONDS = 60
/** Pages of a hundred installations each. */
const MOST_PAGES = 20

/**
 * A token of an installation of a GitHub App (docs.github.com, "Authenticating as a GitHub App installation").
 * @param now Unix milliseconds
 * @throws CodedError `GDE_CREDENTIALS`, `GDE_NOT_PERMITTED`, and what the request throws
 */
export async function installationToken(
  app: GitHubAppCredentials,
  repository: URL,
  send: ApiRequest,
  now: number,
): Promise<InstallationToken> {
  const api = URL.parse(app.apiUrl)
  if (api === null || !/^https?:$/.test(api.protocol)) throw appError(app, 'its API URL is no URL')
  requireSameHost(api, repository)
  const authorization = `Bearer ${appJwt(app.appId, await privateKeyOf(app), Math.floor(now / 1000))}`
  const ask = (method: 'GET' | 'POST', path: string) => askApi(app, send, method, path, authorization)
  const installation = app.installationId ?? (await findInstallation(app, ownerOf(app, repository), ask))
  const answer = await ask('POST', `/app/installations/${encodeURIComponent(installation)}/access_tokens`)
  if (!isJsonObject(answer) || typeof answer.token !== 'string' || answer.token === '')
    throw appError(app, `${api.host} answers without a token`)
  const ends = typeof answer.expires_at === 'string' ? Date.parse(answer.expires_at) : Number.NaN
  // GitHub's tokens hold for an hour.
  return { token: answer.token, expiresAt: Number.isNaN(ends) ? now + 3_600_000 : ends }
}

/** The token opens the repositories of one GitHub: nobody else gets to see it. `api.github.com` is that of `github.com`. */
function requireSameHost(api: URL, repository: URL): void {
  const host = api.hostname.replace(/^api\./, '')
  if (repository.hostname !== host && repository.hostname !== api.hostname)
    throw new CodedError(
      'GDE_NOT_PERMITTED',
      `the GitHub App is one of ${host}, whose tokens are not sent to ${repository.hostname}: set its API URL`,
    )
}

async function privateKeyOf(app: GitHubAppCredentials): Promise<KeyObject> {
  const text = await readSecretText(app.privateKey)
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    // The library's error may quote the key.
  }
  throw appError(app, 'its private key is no RSA key in PEM')
}

/** RFC 7519, signed by RS256. */
function appJwt(appId: string, key: KeyObject, nowSeconds: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iat: nowSeconds - CLOCK_SKEW_SECONDS, exp: nowSeconds + JWT_SECONDS, iss: appId }
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`
}

/** The user or organization that the repository is of. */
function ownerOf(app: GitHubAppCredentials, repository: URL): string {
  return (app.installationOwner ?? repository.pathname.split('/')[1] ?? '').toLowerCase()
}

async function findInstallation(
  app: GitHubAppCredentials,
  owner: string,
  ask: (method: 'GET', path: string) => Promise<Json>,
): Promise<string> {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const installations = await ask('GET', `/app/installations?per_page=100&page=${page}`)
    if (!Array.isArray(installations) || installations.length === 0) break
    for (const one of installations) {
      const isOwner = isJsonObject(one) && isJsonObject(one.account) && loginOf(one.account) === owner
      if (isOwner && typeof one.id === 'number') return String(one.id)
    }
  }
  throw appError(app, `it is not installed for ${owner}: give its installation ID`)
}

function loginOf(account: JsonObject): string {
  return typeof account.login === 'string' ? account.login.toLowerCase() : ''
}

async function askApi(
  app: GitHubAppCredentials,
  send: ApiRequest,
  method: 'GET' | 'POST',
  path: string,
  authorization: string,
): Promise<Json> {
  const url = new URL(`${app.apiUrl}${path}`)
  const headers = {
    authorization,
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    'user-agent': 'gitops-drift-exporter',
  }
  const { status, body } = await send({ method, url, headers })
  if (status !== 200 && status !== 201) throw appError(app, `${url.host} answers ${status}${reasonOf(status)}`)
  try {
    const answer: Json = JSON.parse(body)
    return answer
  } catch {
    throw appError(app, `${url.host} does not answer with JSON`)
  }
}

function reasonOf(status: number): string {
  if (status === 401) return ': its ID and private key do not fit, or the clock is wrong'
  if (status === 404) return ': there is no such installation'
  return ''
}

function appError({ appId }: GitHubAppCredentials, what: string): CodedError {
  return new CodedError('GDE_CREDENTIALS', `GitHub App ${appId}: ${what}`)
}
