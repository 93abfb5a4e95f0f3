import { CodedError } from '../../../model/failure.ts'
import type { ClusterAccess } from '../../../model/inventory.ts'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import type { AddressGuard } from '../../options.ts'
import type { LoadServerAccess, ServerAccess } from './access.ts'
import { addressOf, certificateOf, findEntries, parseKubeconfig } from './kubeconfig.ts'
import { credentialsOf } from './user-credentials.ts'

type KubeconfigText = Extract<ClusterAccess, { type: 'kubeconfigText' }>

/** What would run a program here or read a file here. */
const REFUSED_OF_USER = ['auth-provider', 'tokenFile', 'client-certificate', 'client-key'] as const
const REFUSED_OF_CLUSTER = ['certificate-authority'] as const
/** What messages call it. */
const PLACE = 'kubeconfig of a Secret'

/**
 * A kubeconfig that a resource holds, by its current context: inline data only, https only, and no address that may not be named,
 * but for what the config file allows it. It never changes by itself: another text is another cluster's access.
 */
export function loadKubeconfigText(
  text: KubeconfigText,
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
  { kubeconfig, allows = [] }: KubeconfigText,
  environment: Readonly<Record<string, string | undefined>>,
  guard: AddressGuard | undefined,
): Promise<ServerAccess> {
  if (guard === undefined) throw new CodedError('GDE_NOT_PERMITTED', 'kubeconfigs of Secrets are not used here')
  const document = parseKubeconfig(kubeconfig.reveal(), PLACE)
  if (!isJsonObject(document)) throw new CodedError('GDE_CLUSTER_KUBECONFIG', 'not a kubeconfig', { file: PLACE })
  const { user, cluster } = findEntries(document, undefined, PLACE)
  refuse(user, allows.includes('exec') ? REFUSED_OF_USER : ['exec', ...REFUSED_OF_USER])
  // Requests would go elsewhere first.
  refuse(cluster, allows.includes('proxy') ? REFUSED_OF_CLUSTER : ['proxy-url', ...REFUSED_OF_CLUSTER])
  const named = await addressOf({ user, cluster }, PLACE)
  const isGuarded = !allows.includes('anyAddress')
  if (isGuarded) guard.checkUrl(new URL(named.url))
  const address = isGuarded ? { ...named, lookup: guard.lookup } : named
  const certificate = await certificateOf(user, PLACE)
  return { address, credentials: credentialsOf({ user, certificate, address, file: PLACE, environment }) }
}

function refuse(entry: JsonObject, fields: readonly string[]): void {
  for (const field of fields)
    if (entry[field] !== undefined && entry[field] !== null && entry[field] !== '')
      throw new CodedError('GDE_NOT_PERMITTED', `${field} is not allowed in a kubeconfig that a Secret holds`)
}
