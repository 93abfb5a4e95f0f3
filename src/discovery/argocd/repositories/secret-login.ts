import type { GitCredentials } from '../../../model/apps/inventory.ts'
import type { ConfidentialSecret } from '../../../model/clusters/cluster.ts'
import { type Failure, toFailure } from '../../../model/failure.ts'
import type { DeclaredRepository } from '../../repositories/declared-repository.ts'
import { DEFAULT_GITHUB_API, githubApiUrl } from '../../repositories/github-api.ts'
import { credential, plainText } from '../secret-data.ts'

/** What a repository Secret says of how to sign in, and to whom. */
export interface SecretLogin extends Pick<DeclaredRepository, 'clientCertificate' | 'proxy' | 'identity'> {
  readonly credentials: GitCredentials | Failure
  /** No certificate is checked, and no host key. */
  readonly insecureSkipVerify: boolean
}

export function readSecretLogin(secret: ConfidentialSecret): SecretLogin {
  const proxy = credential(secret, 'proxy') === undefined ? undefined : plainText(secret, 'proxy')
  const certificate = credential(secret, 'tlsClientCertData')
  const key = credential(secret, 'tlsClientCertKey')
  const isSet = (name: 'insecure' | 'insecureIgnoreHostKey'): boolean => plainText(secret, name) === 'true'
  return {
    ...readLogin(secret),
    insecureSkipVerify: isSet('insecure') || isSet('insecureIgnoreHostKey'),
    ...(certificate !== undefined && key !== undefined && { clientCertificate: { certificate, key } }),
    ...(proxy !== undefined && { proxy }),
  }
}

/** In Argo CD's order (Repository.GetGitCreds). */
function readLogin(secret: ConfidentialSecret): Pick<SecretLogin, 'credentials' | 'identity'> {
  const password = credential(secret, 'password')
  const token = credential(secret, 'bearerToken')
  if (token !== undefined && (password === undefined || plainText(secret, 'forceHttpBasicAuth') !== 'true'))
    return { credentials: { type: 'bearer', token } }
  // GitHub and others take any name beside a token; Argo CD sends one of its own to Git servers.
  if (password !== undefined)
    return { credentials: { type: 'basic', username: plainText(secret, 'username') || anyUser(secret), password } }
  const privateKey = credential(secret, 'sshPrivateKey')
  if (privateKey !== undefined) return { credentials: { type: 'ssh', privateKey } }
  const app = githubApp(secret)
  if (app !== undefined) return { credentials: app }
  const identity = identityOf(secret)
  return { credentials: { type: 'none' }, ...(identity !== undefined && { identity }) }
}

/** Registries and Helm repositories get the name that is written. */
function anyUser(secret: ConfidentialSecret): string {
  return ['helm', 'oci'].includes(plainText(secret, 'type')) ? '' : 'x-access-token'
}

/** Absent without an ID, as to Argo CD. */
function githubApp(secret: ConfidentialSecret): GitCredentials | Failure | undefined {
  const privateKey = credential(secret, 'githubAppPrivateKey')
  const appId = plainText(secret, 'githubAppID').trim()
  if (privateKey === undefined || !/^[1-9]\d*$/.test(appId)) return undefined
  const installationId = plainText(secret, 'githubAppInstallationID').trim()
  try {
    return {
      type: 'githubApp',
      appId,
      // Otherwise it is that of the owner of the repository.
      ...(/^[1-9]\d*$/.test(installationId) && { installationId }),
      privateKey,
      apiUrl: githubApiUrl(plainText(secret, 'githubAppEnterpriseBaseUrl') || DEFAULT_GITHUB_API),
    }
  } catch (error) {
    return toFailure(error)
  }
}

/** What a cloud's own program can do as well, if the config names it. */
function identityOf(secret: ConfidentialSecret): string | undefined {
  if (credential(secret, 'gcpServiceAccountKey') !== undefined) return 'the key of a Google Cloud service account'
  if (plainText(secret, 'useAzureWorkloadIdentity') === 'true') return 'an Azure workload identity'
  return credential(secret, 'azureServicePrincipalClientSecret') === undefined
    ? undefined
    : 'an Azure service principal'
}
