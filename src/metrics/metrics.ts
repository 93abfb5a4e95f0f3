import type { AppSummary, Fleet, FleetUpdate, Measurement } from '../model/fleet.ts'
import type { RepositoryStatus } from '../model/git.ts'
import { type AppId, CONTROLLERS } from '../model/identity.ts'
import type { ApplicationSetReport, SourceReport } from '../model/inventory.ts'
import { SYNC_STATUSES } from '../model/verdict.ts'
import { coalesceChunks } from './exposition/coalesce-chunks.ts'
import { type ExpositionFormat, OPENMETRICS_END } from './exposition/exposition-format.ts'
import { type GzipBlock, gzipBody, makeGzipBlockSync } from './exposition/gzip-block.ts'
import { acceptsGzip, negotiateFormat } from './exposition/negotiate.ts'
import { createSection } from './exposition/section.ts'
import { applicationSetGroup, applicationSetKey } from './families/applicationsets.ts'
import { type AppSeriesOptions, appGroup } from './families/apps.ts'
import { clusterGroup } from './families/clusters.ts'
import { omittedObjects } from './families/drifted-objects.ts'
import { repositoryGroup } from './families/repositories.ts'
import { createInstruments } from './instruments.ts'
import { createRepositoryReports } from './repository-reports.ts'

export interface MetricsOptions extends AppSeriesOptions {
  /** Of the exporter, for `gitops_exporter_build_info`. */
  readonly version: string
  /** Where people reach the status page. */
  readonly externalUrl?: string
  /** Called for bugs that must not stop the exporter: text that cannot be rendered, a measurement without a metric. */
  readonly onError: (error: unknown) => void
}

/** Request headers that decide about the form of the answer. */
export interface ScrapeRequest {
  readonly accept: string | undefined
  readonly acceptEncoding: string | undefined
}

/** One answer to a scrape, complete when it is given: nothing that happens later changes it. */
export interface Scrape {
  readonly contentType: string
  readonly contentEncoding: 'gzip' | undefined
  /** Bytes of all chunks. */
  readonly length: number
  readonly chunks: readonly Uint8Array[]
}

export interface Metrics {
  scrape(request: ScrapeRequest): Promise<Scrape>
  /** Whether what the first pass found is on the text blocks: until then a scrape would tell old verdicts or none. */
  readonly ready: boolean
  /** Resolves when everything that the fleet has told so far is on the text blocks. */
  flushed(): Promise<void>
  /** `at` in Unix seconds. */
  configLoaded(outcome: { readonly successful: boolean; readonly at: number }): void
  requestServed(request: { readonly route: string; readonly code: number; readonly seconds: number }): void
  /** After a reload of the config: the text blocks of apps are made anew, the old ones serve until then. */
  configure(options: AppSeriesOptions & Pick<MetricsOptions, 'externalUrl'>): Promise<void>
  close(): void
}

/** Renders the metrics of a fleet ahead of scrapes: what it holds now, then every update. */
export function createMetrics(fleet: Fleet, options: MetricsOptions): Metrics {
  const { onError } = options
  const instruments = createInstruments()
  const version = { version: options.version, node_version: process.versions.node }
  let buildInfo = { ...version, external_url: options.externalUrl ?? '' }
  instruments.set('gitops_exporter_build_info', buildInfo, 1)
  // From 0, so that the first event is an increase.
  for (const status of SYNC_STATUSES)
    instruments.apply({
      metric: 'gitops_evaluations_total',
      labels: { sync_status: status },
      action: 'increment',
      value: 0,
    })
  const omitted = new Map<AppId, number>()
  let omittedSum = 0
  const lagSeries = new Set<string>()
  let sourceKeys: ReadonlyMap<string, SourceLabels> = new Map()
  instruments.set('gitops_drifted_objects_omitted', {}, 0)

  let apps = createSection(appGroup(options), onError)
  /** Rendered after a config reload; replaces `apps` when it is complete. */
  let nextApps: typeof apps | undefined
  const applicationSets = createSection(applicationSetGroup, onError)
  let applicationSetKeys: ReadonlySet<string> = new Set()
  const clusters = createSection(clusterGroup, onError)
  const repositories = createSection(repositoryGroup, onError)
  const repositoryReports = createRepositoryReports()
  let firstPassRendered = false

  function clusterGone(name: string): void {
    clusters.textBlocks.delete(name)
    // A series that is left behind would look like controllers that stopped.
    for (const controller of CONTROLLERS)
      instruments.remove('gitops_controller_last_activity_timestamp_seconds', { controller, app_cluster: name })
  }

  function repositoryReported(status: RepositoryStatus): void {
    const report = repositoryReports.set(status)
    repositories.textBlocks.set(report.label, report)
    if (status.fetchSeconds !== undefined)
      instruments.observe('gitops_repo_fetch_duration_seconds', { repo: report.label }, status.fetchSeconds)
  }

  function repositoryGone(repository: string): void {
    const report = repositoryReports.delete(repository)
    if (report === undefined) return
    if (report.mirrors.length > 0) {
      repositories.textBlocks.set(report.label, report)
      return
    }
    repositories.textBlocks.delete(report.label)
    instruments.remove('gitops_repo_fetch_duration_seconds', { repo: report.label })
  }

  function applicationSetsReported(reports: readonly ApplicationSetReport[]): void {
    const keys = new Set(reports.map(applicationSetKey))
    for (const key of applicationSetKeys) if (!keys.has(key)) applicationSets.textBlocks.delete(key)
    for (const report of reports) applicationSets.textBlocks.set(applicationSetKey(report), report)
    applicationSetKeys = keys
  }

  function measurementsReported(measurements: readonly Measurement[]): void {
    for (const measurement of measurements) {
      try {
        instruments.apply(measurement)
      } catch (error) {
        // A measurement without a metric is a bug, and no reason to lose the others.
        onError(error)
      }
    }
  }

  /** Before the first commit arrives: an app is always told before what was measured of it. */
  function beginSyncLag({ controller, project, destination }: AppSummary): void {
    const labels = { controller, project, dest_cluster: destination }
    const key = JSON.stringify(labels)
    if (lagSeries.has(key)) return
    lagSeries.add(key)
    instruments.zero('gitops_sync_lag_seconds', labels)
  }

  function countOmitted(app: AppId, count: number): void {
    omittedSum += count - (omitted.get(app) ?? 0)
    if (count === 0) omitted.delete(app)
    else omitted.set(app, count)
    instruments.set('gitops_drifted_objects_omitted', {}, omittedSum)
  }

  /** A source is up when its apps can be scraped, not before. */
  function sourcesReported({ reports, at }: NonNullable<Fleet['sources']>): void {
    const keys = new Map<string, SourceLabels>(
      reports.map((one) => [`${one.controller}/${one.declaredIn}`, sourceLabels(one)]),
    )
    for (const [key, labels] of sourceKeys)
      if (!keys.has(key)) for (const name of SOURCE_GAUGES) instruments.remove(name, labels)
    sourceKeys = keys
    const set = (one: SourceReport): void => {
      instruments.set('gitops_discovery_up', sourceLabels(one), one.up ? 1 : 0)
      if (one.up) instruments.set('gitops_discovery_last_success_timestamp_seconds', sourceLabels(one), at)
    }
    for (const one of reports) if (!one.up) set(one)
    apps.textBlocks.flushed().then(() => {
      if (sourceKeys === keys) for (const one of reports) if (one.up) set(one)
    }, onError)
  }

  function firstPassEnded(): void {
    apps.textBlocks.flushed().then(() => {
      firstPassRendered = true
    }, onError)
  }

  function applyUpdate(update: FleetUpdate): void {
    switch (update.type) {
      case 'app':
        for (const { textBlocks } of [apps, nextApps ?? []].flat())
          textBlocks.set(update.report.summary.id, update.report)
        beginSyncLag(update.report.summary)
        countOmitted(update.report.summary.id, omittedObjects(update.report))
        break
      case 'appGone':
        for (const { textBlocks } of [apps, nextApps ?? []].flat()) textBlocks.delete(update.app)
        countOmitted(update.app, 0)
        break
      case 'cluster':
        clusters.textBlocks.set(update.report.status.name, update.report)
        break
      case 'clusterGone':
        clusterGone(update.name)
        break
      case 'repository':
        repositoryReported(update.status)
        break
      case 'repositoryGone':
        repositoryGone(update.repository)
        break
      case 'applicationSets':
        applicationSetsReported(update.reports)
        break
      case 'measurements':
        measurementsReported(update.measurements)
        break
      case 'pass':
        instruments.set('gitops_exporter_last_pass_timestamp_seconds', {}, update.endedAt)
        if (update.first) firstPassEnded()
        break
      case 'sources':
        sourcesReported(update)
        break
      case 'problems':
        break
      default:
        update satisfies never
    }
  }

  for (const report of fleet.apps.values()) applyUpdate({ type: 'app', report })
  for (const report of fleet.clusters.values()) applyUpdate({ type: 'cluster', report })
  applyUpdate({ type: 'applicationSets', reports: fleet.applicationSets })
  for (const status of fleet.repositories.values()) applyUpdate({ type: 'repository', status })
  if (fleet.sources !== undefined) sourcesReported(fleet.sources)
  if (fleet.lastPassEndedAt !== undefined)
    instruments.set('gitops_exporter_last_pass_timestamp_seconds', {}, fleet.lastPassEndedAt)
  if (fleet.firstPassEndedAt !== undefined) firstPassEnded()
  const unsubscribe = fleet.subscribe(applyUpdate)

  async function gzipBlocks(format: ExpositionFormat): Promise<readonly GzipBlock[]> {
    const own = (await instruments.text(format)) + (format === 'openmetrics' ? OPENMETRICS_END : '')
    return [
      ...apps.gzipBlocks(format),
      ...applicationSets.gzipBlocks(format),
      ...clusters.gzipBlocks(format),
      ...repositories.gzipBlocks(format),
      makeGzipBlockSync(Buffer.from(own)),
    ]
  }

  return {
    async scrape({ accept, acceptEncoding }) {
      const { format, contentType } = negotiateFormat(accept)
      const gzip = acceptsGzip(acceptEncoding)
      const parts = await gzipBlocks(format)
      const chunks = coalesceChunks(gzip ? gzipBody(parts) : parts.map(({ text }) => text))
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      return { contentType, contentEncoding: gzip ? 'gzip' : undefined, length, chunks }
    },
    get ready() {
      return firstPassRendered
    },
    async flushed() {
      await Promise.all([apps, applicationSets, clusters, repositories].map(({ textBlocks }) => textBlocks.flushed()))
    },
    configLoaded({ successful, at }) {
      instruments.set('gitops_exporter_config_last_reload_successful', {}, successful ? 1 : 0)
      if (successful) instruments.set('gitops_exporter_config_last_reload_success_timestamp_seconds', {}, at)
    },
    requestServed({ route, code, seconds }) {
      instruments.observe('gitops_exporter_http_request_duration_seconds', { route, code: String(code) }, seconds)
    },
    async configure({ externalUrl = '', ...next }) {
      instruments.remove('gitops_exporter_build_info', buildInfo)
      buildInfo = { ...version, external_url: externalUrl }
      instruments.set('gitops_exporter_build_info', buildInfo, 1)
      nextApps?.textBlocks.close()
      const section = createSection(appGroup(next), onError)
      nextApps = section
      for (const report of fleet.apps.values()) section.textBlocks.set(report.summary.id, report)
      await section.textBlocks.flushed()
      // Another reload came in between, and its text blocks are the ones to wait for.
      if (nextApps !== section) return
      apps.textBlocks.close()
      apps = section
      nextApps = undefined
    },
    close() {
      unsubscribe()
      for (const { textBlocks } of [apps, nextApps ?? []].flat()) textBlocks.close()
      applicationSets.textBlocks.close()
      clusters.textBlocks.close()
      repositories.textBlocks.close()
      instruments.close()
    },
  }
}

const SOURCE_GAUGES = ['gitops_discovery_up', 'gitops_discovery_last_success_timestamp_seconds'] as const

type SourceLabels = Readonly<Record<string, string>>

function sourceLabels({ controller, declaredIn }: SourceReport): SourceLabels {
  return { controller, app_cluster: declaredIn }
}
