import type { KindFilter, KindScope } from '../../../model/policy.ts'
import { gobwasGlob } from '../../../text/gobwas-glob.ts'
import type { ArgocdSettings, ResourceFilter } from '../argocd-settings.ts'

/** What `resource.inclusions` and `resource.exclusions` leave of one cluster. */
export function kindScope(
  { resourceInclusions, resourceExclusions }: Pick<ArgocdSettings, 'resourceInclusions' | 'resourceExclusions'>,
  server: string,
): KindScope {
  return {
    // Where inclusions are given, and none is for this cluster, nothing of it is included.
    ...(resourceInclusions.length > 0 && { included: ofCluster(resourceInclusions, server) }),
    excluded: ofCluster(resourceExclusions, server),
  }
}

function ofCluster(filters: readonly ResourceFilter[], server: string): readonly KindFilter[] {
  return filters
    .filter(({ clusters }) => clusters.length === 0 || clusters.some((glob) => gobwasGlob(glob)?.test(server) === true))
    .map(({ apiGroups, kinds }) => ({ groups: apiGroups, kinds }))
}
