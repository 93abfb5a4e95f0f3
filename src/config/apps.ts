import type { Tracking } from '../model/app.ts'
import type { AppSettings, ComparingSettings, DestinationSettings } from '../model/settings.ts'
import { didYouMean } from '../text/nearest-name.ts'
import { complainOfTwins, readLabels } from './clusters.ts'
import { readIgnore } from './comparing.ts'
import { DEFAULT_MANAGERS } from './default-managers.ts'
import type { Reading } from './reading.ts'
import type { AppFile, TrackingFile } from './schema.ts'
import { readSelector } from './selectors.ts'
import { readSources } from './sources.ts'

export interface ClustersInSight {
  readonly names: readonly string[]
  /** Discovery may find more, so an unknown name is no mistake yet. */
  readonly open: boolean
}

export function readApps(
  apps: readonly AppFile[],
  comparing: ComparingSettings,
  clusters: ClustersInSight,
  reading: Reading,
): readonly AppSettings[] {
  complainOfTwins(apps, '/apps', 'app', reading)
  return apps.map((app, index) => {
    const pointer = `/apps/${index}`
    const destination = readDestination(app.destination, `${pointer}/destination`, clusters, reading)
    return {
      name: app.name,
      project: app.project ?? '',
      labels: readLabels(app.labels, `${pointer}/labels`, reading),
      sources: readSources(app, pointer, reading),
      destination,
      tracking: readTracking(app, destination.namespace, `${pointer}/tracking`, reading),
      policy: {
        method: app.policy?.compare ?? comparing.method,
        added: app.policy?.added ?? comparing.added,
        secrets: app.policy?.secrets ?? comparing.secrets,
        managers: app.managers ?? DEFAULT_MANAGERS,
        manualManagers: comparing.manualManagers,
        ignore: [...comparing.ignore, ...readIgnore(app.ignore, `${pointer}/ignore`, reading)],
      },
      showValues: app.showValues ?? [],
    }
  })
}

/** What Kubernetes takes for one (RFC 1123). */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

function readDestination(
  destination: AppFile['destination'],
  pointer: string,
  clusters: ClustersInSight,
  reading: Reading,
): DestinationSettings {
  const { cluster, clusterSelector, namespace = 'default' } = destination
  if ((cluster === undefined) === (clusterSelector === undefined))
    reading.complain(pointer, 'a destination needs either cluster or clusterSelector')
  if (!NAMESPACE.test(namespace))
    reading.complain(
      `${pointer}/namespace`,
      `${JSON.stringify(namespace)} is no namespace: at most 63 lower-case letters, digits and "-"`,
    )
  if (clusterSelector !== undefined)
    return { namespace, clusterSelector: readSelector(clusterSelector, `${pointer}/clusterSelector`, reading) }
  if (cluster !== undefined && !clusters.open && !clusters.names.includes(cluster))
    reading.complain(
      `${pointer}/cluster`,
      `no cluster has the name ${JSON.stringify(cluster)}${didYouMean(cluster, clusters.names)}`,
    )
  return { namespace, cluster: cluster ?? '' }
}

function readTracking(app: AppFile, destinationNamespace: string, pointer: string, reading: Reading): Tracking {
  const { method, ...options }: TrackingFile = app.tracking ?? { method: 'none' }
  const name = options.name ?? app.name
  const namespace = options.namespace ?? destinationNamespace
  const allowed = TRACKING_OPTIONS[method]
  for (const option of Object.keys(options))
    if (!allowed.includes(option))
      reading.complainOfKey(`${pointer}/${option}`, `tracking by ${method} has no such option`)
  switch (method) {
    case 'none':
      return { method }
    case 'annotation':
    case 'label':
    case 'annotation+label':
      return {
        method,
        appName: name,
        labelKey: options.labelKey ?? 'app.kubernetes.io/instance',
        ...(options.installationId !== undefined && { installationId: options.installationId }),
      }
    case 'flux':
      return { method, group: options.group ?? 'kustomize.toolkit.fluxcd.io', name, namespace }
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
