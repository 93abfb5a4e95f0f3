import type { App } from '../../model/apps/app.ts'
import type { Capabilities } from '../../model/clusters/cluster.ts'
import type { Revision } from '../../model/sources/git.ts'

/** What the renderer needs for an app's sources at these revisions, for a cluster that can do this. */
export function requestOf(app: App, revisions: readonly Revision[], capabilities: Capabilities) {
  const { kubeVersion, apiVersions } = capabilities
  return {
    app: app.name,
    tenant: tenantOf(app),
    destination: { kubeVersion, apiVersions },
    ...(app.storedRelease !== undefined && { storedRelease: app.storedRelease }),
    ...(app.declaredRelease !== undefined && { declaredRelease: app.declaredRelease }),
    ...(app.pruning?.by === 'manifest' && app.pruning.before && { formerRelease: app.pruning.before }),
    sources: app.sources.flatMap(({ path, targetRevision, url, ref, options }, index) => {
      const tree = revisions[index]?.tree
      return tree === undefined ? [] : [{ tree, path, targetRevision, url, options, ...(ref !== undefined && { ref }) }]
    }),
  }
}

/** Who declared the app: an AppProject, a namespace of Flux or Helm; the config has one for all. */
export function tenantOf({ controller, declaredIn, project, namespace }: App): string {
  if (controller === 'static') return ''
  return JSON.stringify([controller, declaredIn, controller === 'argocd' ? project : namespace])
}
