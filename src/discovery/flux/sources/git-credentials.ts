import type { GitCredentials } from '../../../model/apps/inventory.ts'
import type { ConfidentialSecret } from '../../../model/clusters/cluster.ts'
import { CodedError } from '../../../model/failure.ts'
import type { DeclaredRepository } from '../../repositories/declared-repository.ts'
import { credential, plainText } from '../secret-data.ts'

/**
 * What the Secret of a GitRepository gives for fetching over https: a bearer token, or user and password; a certificate authority
 * besides.
 * @throws CodedError `GDE_UNSUPPORTED_CREDENTIALS`, `GDE_FLUX_INVALID`
 */
export function gitCredentials(
  secret: ConfidentialSecret,
): Pick<DeclaredRepository, 'credentials' | 'reference' | 'ca'> {
  const reference = `${secret.namespace}/${secret.name}`
  const ca = plainText(secret, 'ca.crt') ?? plainText(secret, 'caFile')
  return { credentials: credentialsOf(secret, reference), reference, ...(ca !== undefined && { ca }) }
}

function credentialsOf(secret: ConfidentialSecret, reference: string): GitCredentials {
  const token = credential(secret, 'bearerToken')
  if (token !== undefined) return { type: 'bearer', token }
  const username = plainText(secret, 'username')
  const password = credential(secret, 'password')
  if (username !== undefined && password !== undefined) return { type: 'basic', username, password }
  if (username !== undefined || password !== undefined)
    throw new CodedError('GDE_FLUX_INVALID', `Secret ${reference} must have both username and password`)
  const unsupported = UNSUPPORTED.find(([key]) => credential(secret, key) !== undefined)
  if (unsupported !== undefined)
    throw new CodedError(
      'GDE_UNSUPPORTED_CREDENTIALS',
      `Secret ${reference} has ${unsupported[1]}, which is not supported`,
    )
  // An SSH key is of no use where the URL is rewritten to https.
  return { type: 'none' }
}

const UNSUPPORTED = [
  ['tls.key', 'a TLS client certificate'],
  ['keyFile', 'a TLS client certificate'],
  ['githubAppPrivateKey', 'the key of a GitHub App'],
] as const
