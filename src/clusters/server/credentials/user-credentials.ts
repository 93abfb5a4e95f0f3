import { Confidential } from '../../../model/confidential.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject } from '../../../model/json.ts'
import { type CredentialSource, fixedCredentials, type UserEntry } from './access.ts'
import { authProviderCredentials } from './auth-provider.ts'
import { execCredentials } from './exec-credentials.ts'
import { besideFile, textOf } from './kubeconfig-fields.ts'
import { tokenFileCredentials } from './token-file.ts'

/**
 * The credentials of a kubeconfig's user, in client-go's order: tokenFile before token, both before basic, a client
 * certificate besides; a plugin only where none of these is there.
 */
export function credentialsOf(entry: UserEntry): CredentialSource {
  const { user, certificate, file } = entry
  const tls = certificate === undefined ? {} : { certificate }
  const tokenFile = textOf(user, 'tokenFile')
  if (tokenFile !== undefined && tokenFile !== '') return tokenFileCredentials(besideFile(tokenFile, file), certificate)
  const token = textOf(user, 'token')
  if (token !== undefined && token !== '')
    return fixedCredentials({ ...tls, authorization: Confidential.used(`Bearer ${token.trim()}`) })
  const username = textOf(user, 'username')
  if (username !== undefined && username !== '') {
    const pair = Buffer.from(`${username}:${textOf(user, 'password') ?? ''}`).toString('base64')
    return fixedCredentials({ ...tls, authorization: Confidential.used(`Basic ${pair}`) })
  }
  if (isJsonObject(user.exec)) return execCredentials(user.exec, entry)
  if (isJsonObject(user['auth-provider'])) return authProviderCredentials(user['auth-provider'], entry)
  for (const field of ['exec', 'auth-provider'])
    if (user[field] !== undefined && user[field] !== null)
      throw new CodedError('GDE_CLUSTER_KUBECONFIG', `user.${field} is no mapping`, { file })
  return fixedCredentials(tls)
}
