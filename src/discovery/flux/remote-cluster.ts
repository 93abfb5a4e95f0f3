import { createHash } from 'node:crypto'
import type { ClusterSpec } from '../../model/apps/inventory.ts'
import type { Confidential } from '../../model/confidential.ts'
import { CodedError } from '../../model/failure.ts'
import { type Fields, readObject, readOptionalObject, readText } from '../fields/fields.ts'
import { urlMatches } from '../repositories/trusted-url.ts'
import { type FluxContext, requireInCluster } from './flux-context.ts'
import { kubeconfigOf, kubeconfigServers } from './secret-data.ts'

/** Keys to try, in this order, when the reference names none. */
const USUAL_KEYS = ['value', 'value.yaml']

/**
 * The cluster of `spec.kubeConfig`, named after the Secret that holds its kubeconfig; undefined without one: the app
 * goes to the control cluster then.
 * @throws CodedError `GDE_FLUX_REFERENCE`, `GDE_FLUX_INVALID`, `GDE_UNSUPPORTED_CREDENTIALS`
 */
export function remoteCluster(context: FluxContext, namespace: string, spec: Fields): ClusterSpec | undefined {
  const kubeConfig = readOptionalObject(spec, 'kubeConfig')
  if (kubeConfig === undefined) return undefined
  if (readOptionalObject(kubeConfig, 'secretRef') === undefined)
    throw new CodedError('GDE_UNSUPPORTED_CREDENTIALS', `${kubeConfig.path} without secretRef is not supported`)
  const reference = readObject(kubeConfig, 'secretRef')
  const name = readText(reference, 'name')
  const secret = requireInCluster(context.snapshot.secret(namespace, name), `Secret ${namespace}/${name}`)
  const key = readText(reference, 'key')
  const keys = key === '' ? USUAL_KEYS : [key]
  const kubeconfig = keys.map((candidate) => kubeconfigOf(secret, candidate)).find((found) => found !== undefined)
  if (kubeconfig === undefined)
    throw new CodedError('GDE_FLUX_REFERENCE', `Secret ${namespace}/${name} has no ${keys.join(' or ')}`)
  return {
    name: [context.snapshot.control, namespace, name, ...(key === '' ? [] : [key])].join('/'),
    labels: {},
    // Equal texts have equal ciphertexts, so the hash serves as a version.
    access: {
      type: 'kubeconfigText',
      kubeconfig,
      version: shortHash(context.encrypt(kubeconfig)),
      ...(isTrusted(kubeconfig, context) && { allows: ['anyAddress'] as const }),
    },
  }
}

/** The name of the cluster of `spec.kubeConfig`; undefined without one. */
export function remoteClusterNameOf(control: string, namespace: string, spec: Fields): string | undefined {
  const kubeConfig = readOptionalObject(spec, 'kubeConfig')
  if (kubeConfig === undefined) return undefined
  const reference = readObject(kubeConfig, 'secretRef')
  const key = readText(reference, 'key')
  return [control, namespace, readText(reference, 'name'), ...(key === '' ? [] : [key])].join('/')
}

function isTrusted(kubeconfig: Confidential, { rules }: FluxContext): boolean {
  if (rules.trustedUrls.length === 0) return false
  const servers = kubeconfigServers(kubeconfig)
  return servers.length > 0 && servers.every((server) => urlMatches(server, rules.trustedUrls))
}

function shortHash(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 16)
}
