import type { ClusterAccess } from '../../../model/apps/inventory.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import type { AddressGuard } from '../../options.ts'
import type { LoadServerAccess, ServerAccess } from './access.ts'
import { addressOf, certificateOf, findEntries, parseKubeconfig } from './kubeconfig.ts'
import { credentialsOf } from './user-credentials.ts'

type KubeconfigText = Extract<ClusterAccess, { type: 'kubeconfigText' }>

/** Fields that would run a program or read a file on this host. */
const REFUSED_OF_USER = ['auth-provider', 'tokenFile', 'client-certificate', 'client-key'] as const
const REFUSED_OF_CLUSTER = ['certificate-authority'] as const
/** Stands for the file's name in messages. */
const KUBECONFIG_NAME = 'kubeconfig of a Secret'

/**
 * Loads the current context of a kubeconfig that a resource holds: inline data only, https only, and no guarded
 * address, unless the config file allows more. The access never changes: another text has another version, and gets
 * another connector.
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
  const document = parseKubeconfig(kubeconfig.reveal(), KUBECONFIG_NAME)
  if (!isJsonObject(document))
    throw new CodedError('GDE_CLUSTER_KUBECONFIG', 'not a kubeconfig', { file: KUBECONFIG_NAME })
  const { user, cluster } = findEntries(document, undefined, KUBECONFIG_NAME)
  refuse(user, allows.includes('exec') ? REFUSED_OF_USER : ['exec', ...REFUSED_OF_USER])
  // A proxy would see all requests.
  refuse(cluster, allows.includes('proxy') ? REFUSED_OF_CLUSTER : ['proxy-url', ...REFUSED_OF_CLUSTER])
  const named = await addressOf({ user, cluster }, KUBECONFIG_NAME)
  const isGuarded = !allows.includes('anyAddress')
  if (isGuarded) guard.checkUrl(new URL(named.url))
  const address = isGuarded ? { ...named, lookup: guard.lookup } : named
  const certificate = await certificateOf(user, KUBECONFIG_NAME)
  return { address, credentials: credentialsOf({ user, certificate, address, file: KUBECONFIG_NAME, environment }) }
}

function refuse(entry: JsonObject, fields: readonly string[]): void {
  for (const field of fields)
    if (entry[field] !== undefined && entry[field] !== null && entry[field] !== '')
      throw new CodedError('GDE_NOT_PERMITTED', `${field} is not allowed in a kubeconfig that a Secret holds`)
}
