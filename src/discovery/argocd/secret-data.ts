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
  | 'insecureIgnoreHostKey'
  | 'githubAppID'
  | 'githubAppInstallationID'
  | 'githubAppEnterpriseBaseUrl'

/** A credential, or undefined when there is none or it is empty. */
export function credential(secret: ConfidentialSecret, key: string): Confidential | undefined {
  const value = secret.data[key]
  return value === undefined || value.reveal() === '' ? undefined : value.use()
}

/** The `config` of a cluster Secret, parsed: its credentials are put into Confidentials by who reads it. */
export function jsonText(secret: ConfidentialSecret, key: 'config'): string {
  return secret.data[key]?.reveal() ?? ''
}

/** A credential out of `config`. */
export function confidential(text: string): Confidential {
  return Confidential.used(text)
}

/** What may be a credential, or as well the name of a region: it is sent to nobody but the program that it is for. */
export function perhapsConfidential(text: string): Confidential {
  return new Confidential(text)
}
