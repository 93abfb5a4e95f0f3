import { fromFailure } from '../../model/failure.ts'
import type { RepositorySpec } from '../../model/inventory.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { ArgocdDiscoverySettings } from '../../model/settings.ts'
import type { DiscoveryContext } from '../discovery.ts'
import { textAt } from '../fields/lenient-fields.ts'
import type { ApplicationSetInputs } from './applicationset/compute-sets.ts'
import { APPLICATION_SET_LIMITS, type RepositoryNeed } from './applicationset/inputs.ts'
import type { ArgocdContext } from './argocd-context.ts'
import type { ArgocdInformers } from './argocd-informers.ts'
import { argocdClusters } from './clusters/argocd-clusters.ts'
import { readClusterSecret } from './clusters/cluster-secret.ts'
import { authorizedProject, authorizeSource } from './projects/authorize.ts'
import { lookupProjects } from './projects/project.ts'
import { readRepositorySecret, resolveDeclaredRepository } from './repositories/repository-secrets.ts'
import { SECRET_TYPE_LABEL } from './secret-data.ts'

/** What Applications and ApplicationSets of one Argo CD are understood by. */
export interface ArgocdSnapshot {
  readonly context: ArgocdContext
  readonly sets: ApplicationSetInputs
}

export function argocdSnapshot(
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
    projects: lookupProjects(informers.projects),
    repositories: secrets.flatMap((secret) => readRepositorySecret(secret) ?? []),
    clusters: argocdClusters(entry.clusterSecrets ? clusterSecrets : [], {
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
      // Without the Secrets, what generators give of clusters is not known.
      sets: informers.secretsFailure === undefined ? informers.applicationSets : [],
      common: {
        argocdNamespace: namespace,
        clusterSecrets: clusterSecrets.map(({ facts }) => facts),
        ...(projects.length > 0 && { projects }),
        settings: argocd.applicationSets,
        limits: APPLICATION_SET_LIMITS,
      },
      plan: (set, need) => resolutionForSet(set, need, context),
    },
  }
}

/**
 * How a repository that a generator names is fetched. Argo CD asks nobody whether a set of its own namespace may read it; those of
 * other namespaces are tenants', who shall read what their project permits, with its credentials.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
function resolutionForSet(
  set: KubernetesObject,
  { url, project }: RepositoryNeed,
  context: ArgocdContext,
): RepositorySpec {
  if (context.settingsFailure !== undefined) throw fromFailure(context.settingsFailure)
  const namespace = textAt(set.metadata, 'namespace')
  if (namespace !== context.namespace) {
    const permitted = authorizedProject({ namespace, project }, context.projects, context.namespace)
    if (permitted !== undefined) authorizeSource(permitted, url)
  }
  return resolveDeclaredRepository(url, project, context)
}
