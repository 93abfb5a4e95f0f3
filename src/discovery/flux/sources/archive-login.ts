import type { GitCredentials } from '../../../model/apps/inventory.ts'
import type { ConfidentialSecret } from '../../../model/clusters/cluster.ts'
import { Confidential } from '../../../model/confidential.ts'
import type { Failure } from '../../../model/failure.ts'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import type { RepositoryUrl } from '../../../model/sources/repository-url.ts'
import type { DeclaredRepository } from '../../repositories/declared-repository.ts'
import { credential, dockerAuths, plainText } from '../secret-data.ts'
import { clientCertificateOf } from './git-credentials.ts'

export type ArchiveLogin = Pick<DeclaredRepository, 'credentials' | 'reference' | 'ca' | 'clientCertificate'>

const DOCKER_CONFIG = '.dockerconfigjson'

/**
 * What the Secrets of a HelmRepository or an OCIRepository give for a URL: user and password, or the entry of a Docker config for the
 * registry's host, which may be a token; a certificate authority and a client certificate besides.
 * @returns why they cannot be used, without a word of what is in them
 * @throws CodedError `GDE_FLUX_INVALID` for half of a client certificate
 */
export function archiveLogin(secrets: readonly ConfidentialSecret[], url: RepositoryUrl): ArchiveLogin | Failure {
  const reference = secrets.map(({ namespace, name }) => `${namespace}/${name}`).join(' ')
  const ca = secrets.map((one) => plainText(one, 'ca.crt') ?? plainText(one, 'caFile')).find((one) => one !== undefined)
  const clientCertificate = secrets
    .map((one) => clientCertificateOf(one, `${one.namespace}/${one.name}`))
    .find((one) => one !== undefined)
  const rest = {
    reference,
    ...(ca !== undefined && { ca }),
    ...(clientCertificate !== undefined && { clientCertificate }),
  }
  for (const secret of secrets) {
    const what = `Secret ${secret.namespace}/${secret.name}`
    const username = plainText(secret, 'username')
    const password = credential(secret, 'password')
    if (username !== undefined && password !== undefined)
      return { ...rest, credentials: { type: 'basic', username, password } }
    if (username !== undefined || password !== undefined)
      return { code: 'GDE_FLUX_INVALID', message: `${what} must have both username and password` }
    const docker = credential(secret, DOCKER_CONFIG)
    if (docker !== undefined) {
      const found = dockerLogin(docker, url)
      if (found === 'invalid') return { code: 'GDE_FLUX_INVALID', message: `${what} holds no Docker config` }
      if (found !== undefined) return { ...rest, credentials: found }
    }
  }
  return { ...rest, credentials: { type: 'none' } }
}

/** Entries are written by host, by URL, and those of Docker Hub in a way of their own (docker/cli, cli/config/credentials). */
function dockerLogin(config: Confidential, { origin = '' }: RepositoryUrl): GitCredentials | 'invalid' | undefined {
  const auths = dockerAuths(config)
  if (auths === undefined) return 'invalid'
  const host = origin.replace(/^[a-z]+:\/\//, '')
  const names = DOCKER_HUB.has(host) ? [...DOCKER_HUB] : [host]
  for (const [key, entry] of Object.entries(auths)) {
    const named = key.replace(/^https?:\/\//, '').split('/')[0] ?? ''
    if (names.includes(named.toLowerCase()) && isJsonObject(entry)) return loginOf(entry)
  }
  return undefined
}

const DOCKER_HUB: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])

/** In the order in which docker/cli and ORAS take them: tokens come before a password. */
function loginOf({ username, password, auth, identitytoken, registrytoken }: JsonObject): GitCredentials | 'invalid' {
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { type: 'identityToken', token: new Confidential(identitytoken) }
  if (typeof registrytoken === 'string' && registrytoken !== '')
    return { type: 'bearer', token: new Confidential(registrytoken) }
  if (typeof username === 'string' && typeof password === 'string' && username !== '')
    return { type: 'basic', username, password: new Confidential(password) }
  const text = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8') : ''
  const colon = text.indexOf(':')
  if (colon <= 0) return 'invalid'
  // What is padded with zeros is written so by old programs.
  const decoded = new Confidential(text.slice(colon + 1).replace(/\0+$/, ''))
  return { type: 'basic', username: text.slice(0, colon), password: decoded }
}
