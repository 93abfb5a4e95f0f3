import { createHash } from 'node:crypto'
import type { Confidential } from '../../model/confidential.ts'
import { CodedError } from '../../model/failure.ts'
import type { ClusterSpec } from '../../model/inventory.ts'
import { type Fields, object, optionalObject, text } from '../fields/fields.ts'
import { urlMatches } from '../repositories/trusted-url.ts'
import { type FluxContext, requireFound } from './flux-context.ts'
import { credential, kubeconfigServers } from './secret-data.ts'

/** Without a key, the first of these that the Secret has. */
const USUAL_KEYS = ['value', 'value.yaml']

/**
 * The cluster that `spec.kubeConfig` leads to, called by the Secret that holds its kubeconfig; undefined where there is none, and the app
 * goes to the cluster that declares it.
 * @throws CodedError `GDE_FLUX_REFERENCE`, `GDE_FLUX_INVALID`, `GDE_UNSUPPORTED_CREDENTIALS`
 */
export function remoteCluster(context: FluxContext, namespace: string, spec: Fields): ClusterSpec | undefined {
  const kubeConfig = optionalObject(spec, 'kubeConfig')
  if (kubeConfig === undefined) return undefined
  if (optionalObject(kubeConfig, 'secretRef') === undefined)
    throw new CodedError('GDE_UNSUPPORTED_CREDENTIALS', `${kubeConfig.path} without secretRef is not supported`)
  const reference = object(kubeConfig, 'secretRef')
  const name = text(reference, 'name')
  const secret = requireFound(context.snapshot.secret(namespace, name), `Secret ${namespace}/${name}`)
  const key = text(reference, 'key')
  const keys = key === '' ? USUAL_KEYS : [key]
  const kubeconfig = keys.map((candidate) => credential(secret, candidate)).find((found) => found !== undefined)
  if (kubeconfig === undefined)
    throw new CodedError('GDE_FLUX_REFERENCE', `Secret ${namespace}/${name} has no ${keys.join(' or ')}`)
  return {
    name: [context.snapshot.control, namespace, name, ...(key === '' ? [] : [key])].join('/'),
    labels: {},
    // Equal texts are equal when enclosed.
    access: {
      type: 'kubeconfigText',
      kubeconfig,
      version: shortHash(context.encrypt(kubeconfig)),
      ...(isTrusted(kubeconfig, context) && { allows: ['anyAddress'] as const }),
    },
  }
}

/** The name of the cluster that `spec.kubeConfig` leads to; undefined where there is none. */
export function remoteClusterNameOf(control: string, namespace: string, spec: Fields): string | undefined {
  const kubeConfig = optionalObject(spec, 'kubeConfig')
  if (kubeConfig === undefined) return undefined
  const reference = object(kubeConfig, 'secretRef')
  const key = text(reference, 'key')
  return [control, namespace, text(reference, 'name'), ...(key === '' ? [] : [key])].join('/')
}

function isTrusted(kubeconfig: Confidential, { rules }: FluxContext): boolean {
  if (rules.trustedUrls.length === 0) return false
  const servers = kubeconfigServers(kubeconfig)
  return servers.length > 0 && servers.every((server) => urlMatches(server, rules.trustedUrls))
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
