import type { ConfidentialSecret } from '../../../model/clusters/cluster.ts'
import { CodedError } from '../../../model/failure.ts'
import { type Fields, readOptionalObject, readText } from '../../fields/fields.ts'
import type { DeclaredRepository } from '../../repositories/declared-repository.ts'
import { type FluxContext, requireInCluster } from '../flux-context.ts'
import { credential, plainText } from '../secret-data.ts'

/** Their controllers sign in with what they are, at the cloud that they run in. */
export const CLOUDS: readonly string[] = ['aws', 'azure', 'gcp']

/** The Secret that a field of a source refers to; undefined where the field is not set. */
export function secretOf(
  { snapshot }: FluxContext,
  namespace: string,
  spec: Fields,
  field: 'secretRef' | 'certSecretRef' | 'proxySecretRef',
): ConfidentialSecret | undefined {
  const reference = readOptionalObject(spec, field)
  if (reference === undefined) return undefined
  const name = readText(reference, 'name')
  return requireInCluster(snapshot.secret(namespace, name), `Secret ${namespace}/${name}`)
}

/**
 * `spec.provider`; without one it is `generic`.
 * @throws CodedError `GDE_FLUX_INVALID` where it is none of these
 */
export function providerOf(spec: Fields, providers: readonly string[]): string {
  const provider = readText(spec, 'provider') || 'generic'
  if (providers.includes(provider)) return provider
  const text = JSON.stringify(provider)
  throw new CodedError('GDE_FLUX_INVALID', `${spec.path}.provider is ${text}, which is none of ${providers.join(', ')}`)
}

/**
 * The proxy of `spec.proxySecretRef`, with its login.
 * @throws CodedError `GDE_FLUX_INVALID` for a Secret without an address
 */
export function proxyOf(secret: ConfidentialSecret): Pick<DeclaredRepository, 'proxy' | 'proxyLogin'> {
  const proxy = plainText(secret, 'address')
  if (proxy === undefined)
    throw new CodedError(
      'GDE_FLUX_INVALID',
      `Secret ${secret.namespace}/${secret.name} must have the address of a proxy`,
    )
  const username = plainText(secret, 'username')
  const password = credential(secret, 'password')
  return { proxy, ...(username !== undefined && password !== undefined && { proxyLogin: { username, password } }) }
}
