import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { fromFailure } from '../../model/failure.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { ArgocdDiscoverySettings } from '../../model/settings.ts'
import { readRepositoryUrl, requireRepositoryUrl } from '../../model/sources/repository-url.ts'
import type { DiscoveryContext } from '../discovery.ts'
import { textAt } from '../fields/lenient-fields.ts'
import { APPLICATION_SET_LIMITS, type RepositoryNeed } from './applicationset/inputs.ts'
import type { ApplicationSetInputs } from './applicationset/set-computation.ts'
import type { ArgocdContext } from './argocd-context.ts'
import type { ArgocdInformers } from './argocd-informers.ts'
import { createArgocdClusters } from './clusters/argocd-clusters.ts'
import { readClusterSecret } from './clusters/cluster-secret.ts'
import { authorizeProject, authorizeSource } from './projects/authorize.ts'
import { lookupProjects } from './projects/lookup-projects.ts'
import { readRepositorySecret, resolveDeclaredRepository } from './repositories/repository-secrets.ts'
import { SECRET_TYPE_LABEL } from './secret-data.ts'

/** The context in which Applications and ApplicationSets of one Argo CD are read, at one moment. */
export interface ArgocdSnapshot {
  readonly context: ArgocdContext
  readonly sets: ApplicationSetInputs
}

export function createArgocdSnapshot(
  informers: ArgocdInformers,
  entry: ArgocdDiscoverySettings,
  { control, settings, encrypt }: DiscoveryContext,
): ArgocdSnapshot {
  const namespace = informers.namespace ?? ''
  const { settings: argocd, secrets } = informers
  const clusterSecrets = secrets
    .filter(({ labels }) => labels[SECRET_TYPE_LABEL] === 'cluster')
    .map((secret) => readClusterSecret(secret))
  const context: ArgocdContext = {
    control: control.name,
    entry,
    settings,
    namespace,
    argocd,
    settingsFailure: informers.settingsFailure,
    projects: lookupProjects(informers.projects, argocd.globalProjects),
    namespacePatterns: informers.namespacePatterns,
    repositories: secrets.flatMap((secret) => readRepositorySecret(secret) ?? []),
    clusters: createArgocdClusters(entry.clusterSecrets ? clusterSecrets : [], {
      settings: entry,
      encrypt,
      control: control.name,
      inClusterEnabled: argocd.inClusterEnabled,
    }),
  }
  const projects = [...informers.projects.objects.values()].map(({ metadata }) => metadata.name).toSorted()
  return {
    context,
    sets: {
      // Cluster generators need the Secrets: without them no set is computed.
      sets: informers.secretsFailure === undefined ? informers.applicationSets : [],
      common: {
        argocdNamespace: namespace,
        clusterSecrets: clusterSecrets.map(({ facts }) => facts),
        ...(projects.length > 0 && { projects }),
        settings: argocd.applicationSets,
        limits: APPLICATION_SET_LIMITS,
      },
      resolveRepository: (set, need) => resolveForSet(set, need, context),
    },
  }
}

/**
 * Resolves a repository that a generator names. Argo CD does not check sets of its own namespace. Sets of other
 * namespaces belong to tenants, and read only what their project permits, with its credentials.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
function resolveForSet(
  set: KubernetesObject,
  { url: text, project }: RepositoryNeed,
  context: ArgocdContext,
): RepositorySpec {
  if (context.settingsFailure !== undefined) throw fromFailure(context.settingsFailure)
  const url = requireRepositoryUrl(readRepositoryUrl(text))
  const namespace = textAt(set.metadata, 'namespace')
  if (namespace !== context.namespace) {
    const tenantProject = authorizeProject({ namespace, project }, context)
    if (tenantProject !== undefined) authorizeSource(tenantProject, url)
  }
  return resolveDeclaredRepository(url, project, context)
}
