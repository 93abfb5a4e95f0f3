import type { AppReport } from '../../model/fleet.ts'
import { APP_CONTROLLER_FAMILIES } from './app-controller.ts'
import { APP_STATUS_FAMILIES } from './app-status.ts'
import { APP_TIME_FAMILIES } from './app-times.ts'
import { argocdFamily } from './argocd-compatibility.ts'
import { driftedObjectFamily, type ShownObjects } from './drifted-objects.ts'
import type { FamilyGroup, ItemFamily } from './family.ts'
import { metricLabels } from './kubernetes-labels.ts'

/** Labels that name an app; every app series begins with them. */
export const IDENTITY_LABELS = [
  'app_name',
  'app_namespace',
  'app_kind',
  'app_cluster',
  'controller',
  'dest_cluster',
] as const

/** Settings of the config that change which series an app has. */
export interface AppSeriesOptions {
  /** Names of the app labels that `gitops_app_labels` carries; `*` alone is all. */
  readonly appLabels: readonly string[]
  /** Whether apps of other controllers get Argo CD's own metric, `argocd_app_info`. */
  readonly argocdCompatibility: boolean
  /** Whether `gitops_app_revision_info` says who wrote the commit. */
  readonly commitAuthors?: boolean
  /** Whether there are series, too, that follow from others. */
  readonly impliedSeries?: boolean
}

/** All families of apps, in the order of the exposition. */
export function appGroup(options: AppSeriesOptions, shown: ShownObjects): FamilyGroup<AppReport> {
  return {
    common: IDENTITY_LABELS,
    commonValues: ({ summary }) => [
      summary.name,
      summary.namespace,
      summary.kind,
      summary.declaredIn,
      summary.controller,
      summary.destination,
    ],
    families: [
      ...APP_STATUS_FAMILIES.map((family) =>
        options.commitAuthors === true && family.name === 'gitops_app_revision_info' ? withAuthor(family) : family,
      ),
      labelsFamily(options.appLabels),
      ...APP_TIME_FAMILIES,
      ...APP_CONTROLLER_FAMILIES,
      driftedObjectFamily(shown),
      ...(options.argocdCompatibility ? [argocdFamily] : []),
    ].map((family) => (options.impliedSeries === true ? family : withoutImplied(family))),
  }
}

function withoutImplied(family: ItemFamily<AppReport>): ItemFamily<AppReport> {
  const { isImplied, presence, series } = family
  if (isImplied === undefined) return family
  return {
    ...family,
    presence: `${presence}; always with metrics.impliedSeries`,
    series: (report) => (isImplied(report) ? [] : series(report)),
  }
}

/** People are named only where somebody chose that. */
function withAuthor(family: ItemFamily<AppReport>): ItemFamily<AppReport> {
  return {
    ...family,
    labels: [...family.labels, 'author'],
    presence: `${family.presence}; \`author\` where metrics.commitAuthors says so`,
    series: (report) =>
      family
        .series(report)
        .map((one) => ({ ...one, values: [...one.values, report.verdict.revisions[0]?.author ?? ''] })),
  }
}

function labelsFamily(chosen: readonly string[]): ItemFamily<AppReport> {
  return {
    name: 'gitops_app_labels',
    type: 'gauge',
    help: 'Labels of an app, those that metrics.appLabels in the config names.',
    labels: ['label_*'],
    stability: 'stable',
    presence: 'apps that have one of the chosen labels',
    series: ({ summary }) => {
      const labels = Object.entries(summary.labels).filter(([name]) => chosen.some((pattern) => matches(pattern, name)))
      return labels.length === 0 ? [] : [{ values: [], dynamic: metricLabels(Object.fromEntries(labels)), value: 1 }]
    },
  }
}

function matches(pattern: string, name: string): boolean {
  return pattern === '*' || name === pattern
}
