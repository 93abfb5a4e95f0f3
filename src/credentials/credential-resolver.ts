import { createHash } from 'node:crypto'
import type { GitCredentials } from '../model/apps/inventory.ts'
import { hideWhileUsed } from '../model/secrets/outgoing-text.ts'
import { decodedBytes } from '../model/sources/go-url.ts'
import { askHelper, type HelperSubject } from './credential-helper.ts'
import { type ApiRequest, installationToken } from './github-app.ts'
import { authorizationHeader, type Login } from './login.ts'
import { readSecretFile, readSecretText } from './secret-text.ts'

/** Renewed this long before they end, or when a fifth of their time is left, whichever is later. Milliseconds. */
const EARLY_MS = 5 * 60_000
const EARLY_RATIO = 0.2
/** What a helper gives without an end is asked for again after this long. Milliseconds. */
const UNDATED_MS = 5 * 60_000
/** A failure is told to all who ask within this time, so that a hundred repositories ask once. Milliseconds. */
const FAILURE_MS = 5_000
const MOST_LOGINS = 10_000

/** Whom a login is for, and how GitHub's API is asked for it. */
export interface LoginRequest {
  /** What will be requested: a repository or a registry, over http(s). */
  readonly url: URL
  readonly send: ApiRequest
}

/** Turns credentials into what a request is signed in with. One for a thread: tokens are asked for once and shared. */
export interface CredentialResolver {
  /**
   * @returns undefined for requests without credentials
   * @throws CodedError `GDE_GIT_AUTH` for files that cannot be read, `GDE_CREDENTIALS` for helpers and apps that give nothing
   */
  login(credentials: GitCredentials, request: LoginRequest): Promise<Login | undefined>
  /** The server refused what `login` gave: the next one is asked for anew. */
  refused(credentials: GitCredentials, url: URL): void
}

interface Obtained {
  readonly login: Promise<Login>
  /** Unix milliseconds from when on it is asked for anew; while it is being asked for there is none. */
  until: number
}

/** @param now Unix milliseconds */
export function createCredentialResolver(now: () => number = Date.now): CredentialResolver {
  const obtained = new Map<string, Obtained>()

  const shared = (key: string, obtain: () => Promise<{ login: Login; expiresAt?: number }>): Promise<Login> => {
    const known = obtained.get(key)
    if (known !== undefined && now() < known.until) return known.login
    const entry: Obtained = {
      until: Number.POSITIVE_INFINITY,
      login: obtain().then(
        ({ login, expiresAt }) => {
          entry.until = expiresAt === undefined ? now() + UNDATED_MS : renewalTime(expiresAt, now())
          return login
        },
        (error: unknown) => {
          entry.until = now() + FAILURE_MS
          throw error
        },
      ),
    }
    obtained.delete(key)
    obtained.set(key, entry)
    for (const oldest of obtained.keys()) {
      if (obtained.size <= MOST_LOGINS) break
      obtained.delete(oldest)
    }
    return entry.login
  }

  const plainLogin = async (credentials: GitCredentials, { url, send }: LoginRequest): Promise<Login | undefined> => {
    switch (credentials.type) {
      case 'none':
      // It is of use over SSH alone.
      case 'ssh':
        return undefined
      case 'basic':
        return { type: 'basic', username: credentials.username, password: credentials.password.reveal() }
      case 'bearer':
        return { type: 'bearer', token: credentials.token.reveal() }
      case 'identityToken':
        return { type: 'identityToken', token: credentials.token.reveal() }
      case 'basicFiles': {
        const { username, usernameFile, passwordFile } = credentials
        // GitHub, GitLab, Gitea and Bitbucket take a token as the password of any user.
        const user = username ?? (usernameFile === undefined ? 'git' : await readSecretFile(usernameFile))
        return { type: 'basic', username: user, password: await readSecretFile(passwordFile) }
      }
      case 'bearerFile':
        return { type: 'bearer', token: await readSecretFile(credentials.tokenFile) }
      case 'githubApp':
        return shared(await sharedKey(credentials, url), async () => {
          const { token, expiresAt } = await installationToken(credentials, url, send, now())
          return { login: { type: 'basic', username: 'x-access-token', password: token }, expiresAt }
        })
      case 'helper':
        return shared(await sharedKey(credentials, url), () =>
          askHelper(credentials.helper, subjectOf(credentials, url)),
        )
      default:
        return credentials satisfies never
    }
  }

  return {
    login: async (credentials, request) => {
      const login = await plainLogin(credentials, request)
      // Servers repeat it in their errors.
      if (login !== undefined) hideWhileUsed(credentials, authorizationHeader(login))
      return login
    },
    refused: (credentials, url) => {
      if (credentials.type !== 'githubApp' && credentials.type !== 'helper') return
      void sharedKey(credentials, url).then(
        (key) => obtained.delete(key),
        // The next login says what is wrong with the file of the key.
        () => undefined,
      )
    },
  }
}

function renewalTime(expiresAt: number, now: number): number {
  return expiresAt - Math.min(EARLY_MS, Math.max(0, expiresAt - now) * EARLY_RATIO)
}

/** What one login is for: an installation of an app, or a host that a helper knows. Holds no secret in the clear. */
async function sharedKey(
  credentials: Extract<GitCredentials, { type: 'githubApp' | 'helper' }>,
  url: URL,
): Promise<string> {
  if (credentials.type === 'helper') {
    const { command, protocol, variables } = credentials.helper
    return JSON.stringify(['helper', command, protocol, variables, subjectOf(credentials, url)])
  }
  const { appId, installationId, installationOwner, apiUrl, privateKey } = credentials
  const key = createHash('sha256')
    .update(await readSecretText(privateKey))
    .digest('hex')
  const installation = installationId ?? installationOwner ?? url.pathname.split('/')[1]?.toLowerCase() ?? ''
  return JSON.stringify(['githubApp', apiUrl, appId, installation, url.hostname, key])
}

function subjectOf({ helper }: Extract<GitCredentials, { type: 'helper' }>, url: URL): HelperSubject {
  const path = helper.useHttpPath === true ? { path: decodedBytes(url.pathname).replace(/^\//, '') } : {}
  return { protocol: url.protocol.slice(0, -1), host: url.host, ...path }
}
