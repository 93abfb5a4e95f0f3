import type { App } from '../../model/apps/app.ts'
import type { Capabilities } from '../../model/clusters/cluster.ts'
import { type Failure, fromFailure } from '../../model/failure.ts'
import type { Revision } from '../../model/sources/git.ts'
import type { RenderRequest } from '../../model/sources/rendering.ts'
import type { DeclaredRelease } from '../../model/sources/stored-release.ts'

/** What the renderer needs for an app's sources at these revisions, for a cluster that can do this. */
export function requestOf(app: App, revisions: readonly Revision[], capabilities: Capabilities): RenderRequest {
  const { kubeVersion, apiVersions } = capabilities
  return {
    app: app.name,
    tenant: tenantOf(app),
    destination: { kubeVersion, apiVersions },
    ...(app.storedRelease !== undefined && { storedRelease: app.storedRelease }),
    ...(app.declaredRelease !== undefined && { declaredRelease: chosenChart(app.declaredRelease, revisions[0]) }),
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

/** Once its source is read, the chart is the one that was chosen, not a range. */
function chosenChart(declared: DeclaredRelease, revision: Revision | undefined): DeclaredRelease {
  const archive = revision?.archive
  if (archive === undefined) return declared
  const isVersion = /^v?\d+\.\d+\.\d+/.test(archive.version)
  const version = isVersion ? { version: archive.version } : {}
  const digest = declared.chart.name === undefined ? { digest: archive.digest } : {}
  return { ...declared, chart: { ...declared.chart, ...version, ...digest } }
}

/**
 * The app as it is compared while the chart of its HelmRelease cannot be had: with what Helm installed.
 * @param cause why the chart cannot be had
 * @returns undefined where nothing stands for its sources
 * @throws CodedError that, where it is not known either what was installed
 */
export function withoutChart(app: App, cause: Failure): App | undefined {
  if (app.withoutChart === undefined) return undefined
  if ('problem' in app.withoutChart)
    throw fromFailure({ ...cause, message: `${cause.message}; and ${app.withoutChart.problem.message}` })
  return { ...app, sources: [], pruning: app.withoutChart.pruning }
}
