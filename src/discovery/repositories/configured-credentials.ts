import type { CredentialSettings } from '../../model/settings.ts'
import { addressPrefix } from '../../model/sources/address-start.ts'
import { sshUrlForm } from '../../model/sources/ssh-address.ts'
import { startsWith } from './rewrite.ts'

/**
 * Who asks for credentials of the config: `config` names the repository itself; `identity` is a resource that asks for what its
 * controller is, which has no Secret; `resource` names the repository without credentials.
 */
export type Asker = 'config' | 'identity' | 'resource'

/** The entry of the config's `credentials` with the longest start of an address, among those that are for who asks. */
export function configuredCredentials(
  address: string,
  credentials: readonly CredentialSettings[],
  asker: Asker,
): CredentialSettings | undefined {
  return credentials
    .filter(({ anyResource }) => asker !== 'resource' || anyResource)
    .filter(({ match }) => startsWith(sshUrlForm(address), addressPrefix(sshUrlForm(match))))
    .toSorted((one, other) => other.match.length - one.match.length)[0]
}
