import type { ConfidentialSecret } from '../../model/clusters/cluster.ts'
import { Confidential } from '../../model/confidential.ts'

export const SECRET_TYPE_LABEL = 'argocd.argoproj.io/secret-type'

/** A part of an Argo CD Secret that is no credential, in the clear: name, URL, project, switches; '' when it is absent. */
export function plainText(secret: ConfidentialSecret, key: PlainKey): string {
  return secret.data[key]?.reveal() ?? ''
}

/** What of these Secrets may be shown. */
export type PlainKey =
  | 'name'
  | 'server'
  | 'url'
  | 'project'
  | 'type'
  | 'namespaces'
  | 'clusterResources'
  | 'insecure'
  | 'proxy'
  | 'username'
  | 'forceHttpBasicAuth'
  | 'useAzureWorkloadIdentity'

/** A credential, or undefined when there is none or it is empty. */
export function credential(secret: ConfidentialSecret, key: string): Confidential | undefined {
  const value = secret.data[key]
  return value === undefined || value.reveal() === '' ? undefined : value
}

/** The `config` of a cluster Secret, parsed: its credentials are put into Confidentials by who reads it. */
export function jsonText(secret: ConfidentialSecret, key: 'config'): string {
  return secret.data[key]?.reveal() ?? ''
}

export function confidential(text: string): Confidential {
  return new Confidential(text)
}
