import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { CodedError } from '../../../model/failure.ts'
import type { LoadServerAccess, ServerAccess } from './access.ts'
import { ofSmallFiles } from './small-file.ts'
import { tokenFileCredentials } from './token-file.ts'

/** Where the kubelet mounts the ServiceAccount of a pod. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The cluster that this process runs in, from the environment and files that the kubelet gives every pod. */
export function loadInCluster(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): LoadServerAccess {
  let previous: ServerAccess | undefined
  const credentials = tokenFileCredentials(join(folder, 'token'), undefined)
  const readAuthority = ofSmallFiles((read) => read(join(folder, 'ca.crt'), 'the CA of the ServiceAccount'))
  return async (_signal, fresh) => {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment
    if (host === undefined || host === '' || port === undefined)
      throw new CodedError('GDE_CLUSTER_KUBECONFIG', 'inCluster: this is no pod (KUBERNETES_SERVICE_HOST is not set)')
    const ca = await readAuthority(fresh)
    const url = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`
    if (previous?.address.ca !== ca || previous.address.url !== url)
      previous = { address: { url, ca, insecureSkipVerify: false, headers: {} }, credentials }
    return previous
  }
}
