import type { Tracking } from '../model/apps/app.ts'
import type { AppSettings, ComparingSettings, DestinationSettings } from '../model/settings.ts'
import { didYouMean } from '../text/nearest-name.ts'
import type { ParseContext } from './parse-context.ts'
import { readLabels, reportDuplicates } from './read-clusters.ts'
import { readIgnore } from './read-comparing.ts'
import { readSelector } from './read-selectors.ts'
import { readSources } from './read-sources.ts'
import type { AppFile } from './schema.ts'

export interface KnownClusters {
  readonly names: readonly string[]
  /** Discovery may find more clusters, so an unknown name is no error yet. */
  readonly open: boolean
}

export function readApps(
  apps: readonly AppFile[],
  comparing: ComparingSettings,
  clusters: KnownClusters,
  context: ParseContext,
): readonly AppSettings[] {
  reportDuplicates(apps, '/apps', 'app', context)
  return apps.map((app, index) => {
    const pointer = `/apps/${index}`
    const destination = readDestination(app.destination, `${pointer}/destination`, clusters, context)
    return {
      name: app.name,
      project: app.project,
      labels: readLabels(app.labels, `${pointer}/labels`, context),
      sources: readSources(app, pointer, context),
      destination,
      tracking: readTracking(app, destination.namespace, `${pointer}/tracking`, context),
      policy: {
        ...comparing,
        method: app.policy?.compare ?? comparing.method,
        added: app.policy?.added ?? comparing.added,
        addedByNobody: app.policy?.addedByNobody ?? comparing.addedByNobody,
        secrets: app.policy?.secrets ?? comparing.secrets,
        managers: app.managers,
        ignore: [...comparing.ignore, ...readIgnore(app.ignore, `${pointer}/ignore`, context)],
      },
      showValues: app.showValues,
    }
  })
}

/** What Kubernetes takes for one (RFC 1123). */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

function readDestination(
  destination: AppFile['destination'],
  pointer: string,
  clusters: KnownClusters,
  context: ParseContext,
): DestinationSettings {
  const { cluster, clusterSelector, namespace } = destination
  if ((cluster === undefined) === (clusterSelector === undefined))
    context.reportIssue(pointer, 'a destination needs either cluster or clusterSelector')
  if (!NAMESPACE.test(namespace))
    context.reportIssue(
      `${pointer}/namespace`,
      `${JSON.stringify(namespace)} is no namespace: at most 63 lower-case letters, digits and "-"`,
    )
  if (clusterSelector !== undefined)
    return { namespace, clusterSelector: readSelector(clusterSelector, `${pointer}/clusterSelector`, context) }
  if (cluster !== undefined && !clusters.open && !clusters.names.includes(cluster))
    context.reportIssue(
      `${pointer}/cluster`,
      `no cluster has the name ${JSON.stringify(cluster)}${didYouMean(cluster, clusters.names)}`,
    )
  return { namespace, cluster: cluster ?? '' }
}

function readTracking(app: AppFile, destinationNamespace: string, pointer: string, context: ParseContext): Tracking {
  if (app.tracking === undefined) return { method: 'none' }
  const { method, ...options } = app.tracking
  const { name = app.name, namespace = destinationNamespace, group, labelKey, installationId } = options
  const allowed = TRACKING_OPTIONS[method]
  for (const option of Object.keys(options))
    if (!allowed.includes(option) && context.isWritten(`${pointer}/${option}`))
      context.reportKeyIssue(`${pointer}/${option}`, `tracking by ${method} has no such option`)
  switch (method) {
    case 'none':
      return { method }
    case 'annotation':
    case 'label':
    case 'annotation+label':
      return {
        method,
        appName: name,
        labelKey,
        ...(installationId !== undefined && { installationId }),
      }
    case 'flux':
      return { method, group, name, namespace }
    case 'helm':
      return { method, release: name, namespace }
    default:
      return method satisfies never
  }
}

const ARGOCD_OPTIONS = ['name', 'labelKey', 'installationId']
const TRACKING_OPTIONS: Readonly<Record<Tracking['method'], readonly string[]>> = {
  none: [],
  annotation: ARGOCD_OPTIONS,
  label: ARGOCD_OPTIONS,
  'annotation+label': ARGOCD_OPTIONS,
  flux: ['group', 'name', 'namespace'],
  helm: ['name', 'namespace'],
}
