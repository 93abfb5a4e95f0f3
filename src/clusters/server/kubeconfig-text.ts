import type { Confidential } from '../../model/confidential.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { AddressGuard } from '../options.ts'
import type { LoadServerAccess, ServerAccess } from './access.ts'
import { addressOf, certificateOf, findEntries, parseKubeconfig } from './kubeconfig.ts'
import { credentialsOf } from './user-credentials.ts'

/** What would run a program here, read a file here, or send requests elsewhere first. */
const REFUSED_OF_USER = ['exec', 'auth-provider', 'tokenFile', 'client-certificate', 'client-key'] as const
const REFUSED_OF_CLUSTER = ['certificate-authority', 'proxy-url'] as const
/** What messages call it. */
const PLACE = 'kubeconfig of a Secret'

/**
 * A kubeconfig that a resource holds, by its current context: inline data only, https only, and no address that may not be named.
 * It never changes by itself: another text is another cluster's access.
 */
export function loadKubeconfigText(
  text: Confidential,
  environment: Readonly<Record<string, string | undefined>>,
  guard: AddressGuard | undefined,
): LoadServerAccess {
  let access: Promise<ServerAccess> | undefined
  return () => {
    access ??= readAccess(text, environment, guard)
    return access
  }
}

async function readAccess(
  text: Confidential,
  environment: Readonly<Record<string, string | undefined>>,
  guard: AddressGuard | undefined,
): Promise<ServerAccess> {
  if (guard === undefined) throw new CodedError('GDE_NOT_PERMITTED', 'kubeconfigs of Secrets are not used here')
  const document = parseKubeconfig(text.reveal(), PLACE)
  if (!isJsonObject(document)) throw new CodedError('GDE_CLUSTER_KUBECONFIG', 'not a kubeconfig', { file: PLACE })
  const { user, cluster } = findEntries(document, undefined, PLACE)
  refuse(user, REFUSED_OF_USER)
  refuse(cluster, REFUSED_OF_CLUSTER)
  const entries = { user, cluster }
  const address = { ...(await addressOf(entries, PLACE)), lookup: guard.lookup }
  guard.checkUrl(new URL(address.url))
  const certificate = await certificateOf(user, PLACE)
  return { address, credentials: credentialsOf({ user, certificate, address, file: PLACE, environment }) }
}

function refuse(entry: JsonObject, fields: readonly string[]): void {
  for (const field of fields)
    if (entry[field] !== undefined && entry[field] !== null && entry[field] !== '')
      throw new CodedError('GDE_NOT_PERMITTED', `${field} is not allowed in a kubeconfig that a Secret holds`)
}
