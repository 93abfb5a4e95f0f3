import type { ArgocdContext } from '../../../src/discovery/argocd/argocd-context.ts'
import { readSettings } from '../../../src/discovery/argocd/argocd-settings.ts'
import { type ArgocdClusters, createArgocdClusters } from '../../../src/discovery/argocd/clusters/argocd-clusters.ts'
import { readClusterSecret } from '../../../src/discovery/argocd/clusters/cluster-secret.ts'
import { createNamespacePatterns } from '../../../src/discovery/argocd/namespace-patterns.ts'
import { lookupProjects } from '../../../src/discovery/argocd/projects/lookup-projects.ts'
import { readRepositorySecret } from '../../../src/discovery/argocd/repositories/repository-secrets.ts'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import type { ConfidentialSecret } from '../../../src/model/clusters/cluster.ts'
import type { Confidential } from '../../../src/model/confidential.ts'
import type { Encrypted } from '../../../src/model/encrypted.ts'
import { CodedError } from '../../../src/model/failure.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { ArgocdDiscoverySettings, Settings } from '../../../src/model/settings.ts'
import { SETTINGS } from '../flux/flux-snapshot.ts'
import { ENTRY } from './resources.ts'

export interface ContextOptions {
  readonly entry?: Partial<ArgocdDiscoverySettings>
  readonly settings?: Partial<Settings>
  /** Of argocd-cm. */
  readonly general?: Readonly<Record<string, string>>
  readonly projects?: readonly JsonObject[]
  readonly secrets?: readonly ConfidentialSecret[]
}

/** Not what encloses in earnest: equal for equal texts is all that is asked of it here. */
export const encrypt = (value: Confidential): Encrypted => Buffer.from(value.reveal()).toString('base64') as Encrypted

/** What Applications are understood by, made of what a cluster would hold. */
export function contextOf(options: ContextOptions = {}): ArgocdContext {
  const { general = {}, projects = [], secrets = [] } = options
  const entry = { ...ENTRY, ...options.entry }
  const argocd = readSettings(general, {})
  const projectObjects = projects.map(
    (one) => [String((one.metadata as JsonObject).name), asKubernetesObject(one)] as const,
  )
  return {
    control: 'control',
    entry,
    settings: { ...SETTINGS, ...options.settings },
    namespace: 'argocd',
    argocd,
    settingsFailure: undefined,
    projects: lookupProjects(
      { objects: new Map(projectObjects), state: 'listed', failure: undefined },
      argocd.globalProjects,
    ),
    namespacePatterns: createNamespacePatterns(
      {
        matchExpressions: () => Promise.reject(new CodedError('GDE_INTERNAL', 'there are no expressions')),
        onChange: () => undefined,
      },
      AbortSignal.abort(),
    ),
    repositories: secrets.flatMap((secret) => readRepositorySecret(secret) ?? []),
    clusters: clustersOf(secrets, entry),
  }
}

export function clustersOf(
  secrets: readonly ConfidentialSecret[],
  entry: Partial<ArgocdDiscoverySettings> = {},
): ArgocdClusters {
  const isCluster = ({ labels }: ConfidentialSecret) => labels['argocd.argoproj.io/secret-type'] === 'cluster'
  return createArgocdClusters(secrets.filter(isCluster).map(readClusterSecret), {
    settings: { ...ENTRY, ...entry },
    encrypt,
    control: 'control',
    inClusterEnabled: true,
  })
}
