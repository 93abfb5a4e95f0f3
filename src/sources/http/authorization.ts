import type { CredentialResolver } from '../../credentials/credential-resolver.ts'
import type { ApiRequest } from '../../credentials/github-app.ts'
import { authorizationHeader } from '../../credentials/login.ts'
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
  const login = await resolver.login(credentials, { url, send: refuseApp })
  if (login?.type === 'identityToken')
    throw new CodedError('GDE_UNSUPPORTED_CREDENTIALS', `${shown}: a refresh token of a registry is not supported`)
  return login === undefined ? undefined : authorizationHeader(login)
}

const refuseApp: ApiRequest = async () => {
  throw new CodedError('GDE_UNSUPPORTED_CREDENTIALS', 'a GitHub App signs in to Git servers alone')
}
