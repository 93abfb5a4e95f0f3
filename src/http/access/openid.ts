import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import type { Identity, OpenIdProvider } from '../../model/access.ts'

/** What has to be remembered while somebody signs in. */
export interface PendingLogin {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface OpenIdClient {
  /** Where to send somebody. */
  begin(): Promise<{ readonly url: string; readonly pending: PendingLogin }>
  /** Who came back. @returns undefined where the provider does not say who he is */
  finish(url: URL, pending: PendingLogin): Promise<Identity | undefined>
}

const TIMEOUT_SECONDS = 10

/** The authorization code flow with PKCE (RFC 7636, OpenID Connect Core 3.1), by a certified library. The provider is asked at the first use, and again where it did not answer. */
export function createOpenIdClient(provider: OpenIdProvider, secret: () => Promise<string | undefined>): OpenIdClient {
  let configuring: Promise<Configuration> | undefined

  async function configure(): Promise<Configuration> {
    const clientSecret = await secret()
    const issuer = new URL(provider.issuer)
    return discovery(issuer, provider.clientId, clientSecret, clientSecret === undefined ? None() : undefined, {
      timeout: TIMEOUT_SECONDS,
      ...(issuer.protocol === 'http:' && { execute: [allowInsecureRequests] }),
    })
  }

  function configured(): Promise<Configuration> {
    configuring ??= configure().catch((thrown: unknown) => {
      configuring = undefined
      throw thrown
    })
    return configuring
  }

  return {
    async begin() {
      const pending = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
      const url = buildAuthorizationUrl(await configured(), {
        redirect_uri: callbackUrl(provider),
        scope: ['openid', ...provider.scopes.filter((scope) => scope !== 'openid')].join(' '),
        code_challenge: await calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
        state: pending.state,
        nonce: pending.nonce,
      })
      return { url: url.href, pending }
    },
    async finish({ search }, { state, nonce, verifier }) {
      const configuration = await configured()
      const tokens = await authorizationCodeGrant(configuration, new URL(`${callbackUrl(provider)}${search}`), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) return undefined
      // Some tell names and groups only to who asks for them.
      const hasAll = provider.userClaim in claims && provider.groupsClaim in claims
      const more =
        hasAll || configuration.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await fetchUserInfo(configuration, tokens.access_token, claims.sub)
      return identityOf({ ...more, ...claims }, provider)
    },
  }
}

function callbackUrl({ externalUrl }: OpenIdProvider): string {
  return `${externalUrl}/auth/callback`
}

/** An address that nobody has checked says nothing. */
function identityOf(
  claims: Readonly<Record<string, unknown>>,
  { userClaim, groupsClaim }: OpenIdProvider,
): Identity | undefined {
  const user = claims[userClaim]
  if (typeof user !== 'string' || user === '') return undefined
  if (userClaim === 'email' && claims.email_verified === false) return undefined
  const groups = claims[groupsClaim]
  const list = Array.isArray(groups) ? groups : [groups]
  return { user, groups: list.filter((group) => typeof group === 'string') }
}
