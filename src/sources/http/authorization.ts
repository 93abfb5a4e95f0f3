import type { CredentialResolver } from '../../credentials/credential-resolver.ts'
import type { ApiRequest } from '../../credentials/github-app.ts'
import { authorizationHeader, type Login } from '../../credentials/login.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'

/**
 * What a request is signed in with.
 * @returns undefined without credentials
 * @throws CodedError as the resolver; `GDE_UNSUPPORTED_CREDENTIALS` for what is of use to Git servers alone, or to no server here
 */
export async function authorizationOf(
  { credentials, url: shown }: Pick<RepositorySpec, 'credentials' | 'url'>,
  url: URL,
  resolver: CredentialResolver,
): Promise<string | undefined> {
  const login = await loginOf(credentials, url, resolver)
  if (login?.type === 'identityToken')
    throw new CodedError('GDE_UNSUPPORTED_CREDENTIALS', `${shown}: an identity token is of use to a registry alone`)
  return login === undefined ? undefined : authorizationHeader(login)
}

/** @throws CodedError as the resolver; `GDE_UNSUPPORTED_CREDENTIALS` for a GitHub App */
export function loginOf(
  credentials: RepositorySpec['credentials'],
  url: URL,
  resolver: CredentialResolver,
): Promise<Login | undefined> {
  return resolver.login(credentials, { url, send: refuseApp })
}

const refuseApp: ApiRequest = async () => {
  throw new CodedError('GDE_UNSUPPORTED_CREDENTIALS', 'a GitHub App signs in to Git servers alone')
}
