import type { ClientCertificate, GitCredentials } from '../../../model/apps/inventory.ts'
import type { ConfidentialSecret } from '../../../model/clusters/cluster.ts'
import { CodedError } from '../../../model/failure.ts'
import type { RepositoryTransport } from '../../../model/sources/repository-url.ts'
import type { DeclaredRepository } from '../../repositories/declared-repository.ts'
import { DEFAULT_GITHUB_API, githubApiUrl } from '../../repositories/github-api.ts'
import { credential, plainText } from '../secret-data.ts'

/** What of a repository its Secret says. */
export type SecretLogin = Pick<
  DeclaredRepository,
  'credentials' | 'reference' | 'ca' | 'clientCertificate' | 'knownHosts'
>

/**
 * What the Secret of a GitRepository gives. Over SSH: `identity`, the `password` that opens it, and `known_hosts`. Over https: a bearer
 * token, or user and password, or a GitHub App where the provider is github; a certificate authority and a client certificate besides.
 * @throws CodedError `GDE_FLUX_INVALID`
 */
export function gitCredentials(
  secret: ConfidentialSecret,
  transport: RepositoryTransport,
  provider: string,
): SecretLogin {
  const reference = `${secret.namespace}/${secret.name}`
  if (transport === 'ssh') return { reference, ...sshLogin(secret, reference) }
  const ca = plainText(secret, 'ca.crt') ?? plainText(secret, 'caFile')
  const clientCertificate = clientCertificateOf(secret, reference)
  return {
    credentials: provider === 'github' ? githubApp(secret, reference) : httpCredentials(secret, reference),
    reference,
    ...(ca !== undefined && { ca }),
    ...(clientCertificate !== undefined && { clientCertificate }),
  }
}

function sshLogin(
  secret: ConfidentialSecret,
  reference: string,
): Pick<DeclaredRepository, 'credentials' | 'knownHosts'> {
  const privateKey = credential(secret, 'identity')
  const knownHosts = plainText(secret, 'known_hosts')
  const passphrase = credential(secret, 'password')
  if (privateKey === undefined || knownHosts === undefined)
    throw new CodedError(
      'GDE_FLUX_INVALID',
      `Secret ${reference} must have identity and known_hosts, for the URL is ssh`,
    )
  return { credentials: { type: 'ssh', privateKey, ...(passphrase !== undefined && { passphrase }) }, knownHosts }
}

function httpCredentials(secret: ConfidentialSecret, reference: string): GitCredentials {
  const token = credential(secret, 'bearerToken')
  if (token !== undefined) return { type: 'bearer', token }
  const username = plainText(secret, 'username')
  const password = credential(secret, 'password')
  if (username !== undefined && password !== undefined) return { type: 'basic', username, password }
  if (username !== undefined || password !== undefined)
    throw new CodedError('GDE_FLUX_INVALID', `Secret ${reference} must have both username and password`)
  if (credential(secret, 'githubAppPrivateKey') !== undefined)
    throw new CodedError('GDE_FLUX_INVALID', `Secret ${reference} is of a GitHub App, and spec.provider is not github`)
  return { type: 'none' }
}

function githubApp(secret: ConfidentialSecret, reference: string): GitCredentials {
  const appId = plainText(secret, 'githubAppID')
  const installationId = plainText(secret, 'githubAppInstallationID')
  const installationOwner = plainText(secret, 'githubAppInstallationOwner')
  const privateKey = credential(secret, 'githubAppPrivateKey')
  if (appId === undefined || privateKey === undefined)
    throw new CodedError(
      'GDE_FLUX_INVALID',
      `Secret ${reference} must have githubAppID and githubAppPrivateKey, for spec.provider is github`,
    )
  return {
    type: 'githubApp',
    appId,
    ...(installationId !== undefined && { installationId }),
    ...(installationOwner !== undefined && { installationOwner }),
    privateKey,
    apiUrl: githubApiUrl(plainText(secret, 'githubAppBaseURL') ?? DEFAULT_GITHUB_API),
  }
}

/** What a Secret proves its owner with over TLS. @throws CodedError `GDE_FLUX_INVALID` for one half of it */
export function clientCertificateOf(secret: ConfidentialSecret, reference: string): ClientCertificate | undefined {
  const certificate = credential(secret, 'tls.crt') ?? credential(secret, 'certFile')
  const key = credential(secret, 'tls.key') ?? credential(secret, 'keyFile')
  if (certificate !== undefined && key !== undefined) return { certificate, key }
  if (certificate === undefined && key === undefined) return undefined
  throw new CodedError('GDE_FLUX_INVALID', `Secret ${reference} must have a client certificate with its key`)
}
