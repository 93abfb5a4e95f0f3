import type { Failure } from '../../model/failure.ts'
import type { ArgocdDiscoverySettings, Settings } from '../../model/settings.ts'
import type { ArgocdSettings } from './argocd-settings.ts'
import type { ArgocdClusters } from './clusters/argocd-clusters.ts'
import type { NamespacePatterns } from './namespace-patterns.ts'
import type { ProjectLookup } from './projects/lookup-projects.ts'
import type { RepositorySecret } from './repositories/repository-secrets.ts'

/** What the mapping of an Application to an app depends on besides the Application. */
export interface ArgocdContext {
  /** Name of the cluster that Argo CD runs in. */
  readonly control: string
  readonly entry: ArgocdDiscoverySettings
  readonly settings: Pick<Settings, 'repositories' | 'rewrites' | 'charts' | 'credentials' | 'comparing'>
  /** Where argocd-cm, AppProjects and Secrets are. */
  readonly namespace: string
  readonly argocd: ArgocdSettings
  /** Why the settings cannot be read: what Applications mean is not known then. */
  readonly settingsFailure: Failure | undefined
  readonly projects: ProjectLookup
  readonly namespacePatterns: NamespacePatterns
  readonly repositories: readonly RepositorySecret[]
  readonly clusters: ArgocdClusters
}
