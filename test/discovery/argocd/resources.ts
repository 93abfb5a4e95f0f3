import type { JsonObject } from '../../../src/model/json.ts'
import type { ArgocdDiscoverySettings } from '../../../src/model/settings.ts'
import { REPOSITORY_URL } from '../flux/fleet-world.ts'

/** Resources of Argo CD as they lie in its cluster, for tests. */

export const IN_CLUSTER = 'https://kubernetes.default.svc'

/** What the config file says where it says little. */
export const ENTRY: ArgocdDiscoverySettings = {
  cluster: 'control',
  namespaces: ['argocd'],
  applicationSets: true,
  clusterSecrets: true,
  allowedRepositories: [],
  trustedUrls: [],
  allowedExecCommands: [],
  allowedExecVariables: ['AWS_PROFILE'],
}

export function application(name: string, spec: JsonObject = {}, more: JsonObject = {}): JsonObject {
  const { metadata, ...rest } = more
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', ...(metadata as JsonObject | undefined) },
    spec: {
      project: 'default',
      source: { repoURL: REPOSITORY_URL, path: name, targetRevision: 'main' },
      destination: { server: IN_CLUSTER, namespace: 'shop' },
      ...spec,
    },
    ...rest,
  }
}

export function applicationSet(name: string, spec: JsonObject, namespace = 'argocd'): JsonObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', metadata: { name, namespace }, spec }
}

export function project(name: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace: 'argocd' },
    spec: { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }], ...spec },
  }
}

export function argocdSecret(
  type: 'cluster' | 'repository' | 'repo-creds',
  name: string,
  stringData: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): JsonObject {
  const metadata = { name, namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': type, ...labels } }
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData }
}

export function settingsMap(
  name: 'argocd-cm' | 'argocd-cmd-params-cm' | 'argocd-ssh-known-hosts-cm' | 'argocd-tls-certs-cm',
  data: Readonly<Record<string, string>>,
): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'argocd' }, data }
}

/** A ConfigMap that an app declares, with the mark of an Application. */
export function trackedConfigMap(app: string, name: string, data: JsonObject = { key: 'value' }): JsonObject {
  const annotations = { 'argocd.argoproj.io/tracking-id': `${app}:/ConfigMap:shop/${name}` }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop', annotations }, data }
}

/** The same as Git has it. */
export function manifest(name: string, data: JsonObject = { key: 'value' }): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
}
