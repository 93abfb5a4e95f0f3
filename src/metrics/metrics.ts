import { pause } from '../concurrency/pause.ts'
import type { AppReport, Fleet, FleetUpdate, Measurement } from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import { ENDINGS } from '../model/journal/episode.ts'
import type { Shard } from '../model/shard.ts'
import { CAUSES } from '../model/verdicts/cause.ts'
import { SYNC_STATUSES } from '../model/verdicts/verdict.ts'
import { acceptsGzip } from '../text/weighted-header.ts'
import { type AppInstruments, createAppInstruments } from './app-instruments.ts'
import { createDriftedObjectCap, type DriftedObjectCap } from './drifted-object-cap.ts'
import { coalesceChunks } from './exposition/coalesce-chunks.ts'
import { OPENMETRICS_END } from './exposition/exposition-format.ts'
import { gzipBody, makeGzipBlockSync } from './exposition/gzip-block.ts'
import { negotiateFormat } from './exposition/negotiate.ts'
import { createPlainTexts } from './exposition/plain-texts.ts'
import type { AppSeriesOptions } from './families/apps.ts'
import { driftedCounts } from './families/drifted-objects.ts'
import type { IsExported } from './families/exported.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import { type AppSection, createAppSection } from './sections/app-section.ts'
import { type ApplicationSetSection, createApplicationSetSection } from './sections/applicationset-section.ts'
import { type ClusterSection, createClusterSection } from './sections/cluster-section.ts'
import { createRepositorySection, type RepositorySection } from './sections/repository-section.ts'
import { createSourceGauges } from './source-gauges.ts'

export interface MetricsOptions extends AppSeriesOptions {
  /** Of the exporter, for `gitops_exporter_build_info`. */
  readonly version: string
  /** Which families there are in an answer; absent: all. */
  readonly isExported?: IsExported
  /** Which of several exporters this is; absent where there is one. */
  readonly shard?: Shard
  /** Where people reach the status page. */
  readonly externalUrl?: string
  /** Whether `gitops_sync_lag_seconds` tells projects apart; absent: it does. */
  readonly lagByProject?: boolean
  /** Whether OpenMetrics says since when counters and histograms count; absent: it does not. */
  readonly createdTimestamps?: boolean
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
  /** Renders at once what the fleet has told so far. Resolves when all of it is on the text blocks. */
  flushed(): Promise<void>
  /** `at` in Unix seconds; `part` is which file where it is not the config itself: all of them have to be usable. */
  configLoaded(outcome: { readonly part?: string; readonly successful: boolean; readonly at: number }): void
  requestServed(request: { readonly route: string; readonly code: number; readonly seconds: number }): void
  /** After a reload of the config: the text blocks of apps are made anew, the old ones serve until then. */
  configure(options: AppSeriesOptions & Pick<MetricsOptions, 'externalUrl'>): Promise<void>
  close(): void
}

/** Keeps the text of the metrics of a fleet: what it holds now, then every update, when somebody asks or after ten. */
export function createMetrics(fleet: Fleet, options: MetricsOptions): Metrics {
  const { onError } = options
  const { isExported = () => true, lagByProject = true } = options
  const counted = createInstruments(isExported, options.createdTimestamps)
  const instruments = lagByProject ? counted : withoutLagProjects(counted)
  const cap = createDriftedObjectCap()
  const buildInfo = createBuildInfo(instruments, options)
  const { shard } = options
  if (shard !== undefined) instruments.set('gitops_exporter_shards', { shard: String(shard.index) }, shard.count)
  zeroEvaluations(instruments)
  zeroEpisodes(instruments)
  const apps = createAppSection(options, cap.shown, isExported, onError)
  const applicationSets = createApplicationSetSection(isExported, onError)
  const clusters = createClusterSection(instruments, shard, isExported, onError)
  const repositories = createRepositorySection(instruments, isExported, onError)
  const sections = [apps, applicationSets, clusters, repositories]
  const reportsOf = (ids: readonly AppId[]) => ids.flatMap((id) => fleet.apps.get(id) ?? [])
  const parts = { instruments, apps, applicationSets, clusters, repositories, cap, reportsOf }
  const appInstruments = createAppInstruments(instruments, cap, fleet)
  const sourcesReported = createSourceGauges(instruments, apps.flushed, onError)
  const plainTexts = createPlainTexts()
  const refusedParts = new Set<string>()
  let firstPassRendered = false

  function firstPassEnded(): void {
    apps.flushed().then(() => {
      firstPassRendered = true
    }, onError)
  }

  async function flushed(): Promise<void> {
    await Promise.all(sections.map((section) => section.flushed()))
  }

  const applyUpdate = createUpdateApplier({ ...parts, appInstruments, sourcesReported, firstPassEnded, onError })
  for (const update of updatesOf(fleet)) applyUpdate(update)
  if (fleet.firstPassEndedAt !== undefined) firstPassEnded()
  const unsubscribe = fleet.subscribe(applyUpdate)

  return {
    async scrape({ accept, acceptEncoding }) {
      await within(FRESH_MS, flushed())
      const { format, contentType } = negotiateFormat(accept)
      const gzip = acceptsGzip(acceptEncoding)
      appInstruments.collect()
      const own = Buffer.from((await instruments.text(format)) + (format === 'openmetrics' ? OPENMETRICS_END : ''))
      const gzipBlocks = sections.flatMap((section) => section.gzipBlocks(format))
      const body = gzip
        ? gzipBody([...gzipBlocks, makeGzipBlockSync(own)])
        : [...(await plainTexts.of(gzipBlocks)), own]
      const chunks = coalesceChunks(body)
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      return { contentType, contentEncoding: gzip ? 'gzip' : undefined, length, chunks }
    },
    get ready() {
      return firstPassRendered
    },
    flushed,
    configLoaded({ part = 'config', successful, at }) {
      if (successful) refusedParts.delete(part)
      else refusedParts.add(part)
      instruments.set('gitops_exporter_config_last_reload_successful', {}, refusedParts.size === 0 ? 1 : 0)
      if (successful) instruments.set('gitops_exporter_config_last_reload_success_timestamp_seconds', {}, at)
    },
    requestServed({ route, code, seconds }) {
      instruments.observe('gitops_exporter_http_request_duration_seconds', { route, code: String(code) }, seconds)
    },
    async configure({ externalUrl, ...next }) {
      buildInfo(externalUrl)
      await apps.configure(next, fleet.apps.values())
    },
    close() {
      unsubscribe()
      for (const section of sections) section.close()
      instruments.close()
      plainTexts.close()
    },
  }
}

/** Of 10,000 apps that changed at once a scrape takes what is rendered by then: Prometheus waits ten seconds at most. */
const FRESH_MS = 1000

async function within(ms: number, work: Promise<void>): Promise<void> {
  const ended = new AbortController()
  await Promise.race([work, pause(ms, ended.signal)])
  ended.abort()
}

interface UpdateParts {
  readonly instruments: Instruments
  readonly apps: AppSection
  readonly applicationSets: ApplicationSetSection
  readonly clusters: ClusterSection
  readonly repositories: RepositorySection
  readonly appInstruments: AppInstruments
  readonly cap: DriftedObjectCap
  readonly reportsOf: (apps: readonly AppId[]) => readonly AppReport[]
  readonly sourcesReported: (sources: NonNullable<Fleet['sources']>) => void
  readonly firstPassEnded: () => void
  readonly onError: (error: unknown) => void
}

/** Each update goes to the part that shows it. */
function createUpdateApplier(parts: UpdateParts): (update: FleetUpdate) => void {
  const { instruments, apps, applicationSets, clusters, repositories, appInstruments, cap, reportsOf } = parts
  // They show more or fewer of their objects.
  const reshow = (changed: readonly AppId[]): void => reportsOf(changed).forEach(apps.set)
  return (update) => {
    switch (update.type) {
      case 'app':
        reshow(cap.set(update.report.summary.id, driftedCounts(update.report)))
        apps.set(update.report)
        appInstruments.set(update.report.summary)
        break
      case 'evaluated':
        reportsOf(update.apps).forEach(apps.evaluated)
        break
      case 'appGone':
        reshow(cap.set(update.app, { listed: 0, all: 0 }))
        apps.delete(update.app)
        break
      case 'cluster':
        clusters.set(update.report)
        break
      case 'clusterGone':
        clusters.delete(update.name)
        break
      case 'repository':
        repositories.set(update.status)
        break
      case 'repositoryGone':
        repositories.delete(update.repository)
        break
      case 'applicationSets':
        applicationSets.replace(update.reports)
        break
      case 'measurements':
        applyMeasurements(instruments, update.measurements, parts.onError)
        break
      case 'pass':
        instruments.set('gitops_exporter_last_pass_timestamp_seconds', {}, update.endedAt)
        if (update.first) parts.firstPassEnded()
        break
      case 'sources':
        parts.sourcesReported(update)
        break
      case 'problems':
        break
      default:
        update satisfies never
    }
  }
}

/** What the fleet holds already, as the updates that told it. */
function* updatesOf(fleet: Fleet): Generator<FleetUpdate> {
  for (const report of fleet.apps.values()) yield { type: 'app', report }
  for (const report of fleet.clusters.values()) yield { type: 'cluster', report }
  yield { type: 'applicationSets', reports: fleet.applicationSets }
  for (const status of fleet.repositories.values()) yield { type: 'repository', status }
  if (fleet.sources !== undefined) yield { type: 'sources', ...fleet.sources }
  if (fleet.lastPassEndedAt !== undefined) yield { type: 'pass', first: false, endedAt: fleet.lastPassEndedAt }
}

/** @returns sets the address of the status page, which may change with the config */
function createBuildInfo(
  instruments: Instruments,
  { version, externalUrl }: MetricsOptions,
): (externalUrl: string | undefined) => void {
  let labels: Readonly<Record<string, string>> | undefined
  const set = (url: string | undefined): void => {
    if (labels !== undefined) instruments.remove('gitops_exporter_build_info', labels)
    labels = { version, node_version: process.versions.node, external_url: url ?? '' }
    instruments.set('gitops_exporter_build_info', labels, 1)
  }
  set(externalUrl)
  return set
}

/** An empty label is none: what all projects of a cluster have in common is one series. */
function withoutLagProjects(instruments: Instruments): Instruments {
  const joined = (name: string, labels: Measurement['labels']) =>
    name === 'gitops_sync_lag_seconds' ? { ...labels, project: '' } : labels
  return {
    ...instruments,
    zero: (name, labels) => instruments.zero(name, joined(name, labels)),
    apply: (measurement) =>
      instruments.apply({ ...measurement, labels: joined(measurement.metric, measurement.labels) }),
  }
}

/** From 0, so that the first event is an increase. */
function zeroEvaluations(instruments: Instruments): void {
  for (const status of SYNC_STATUSES)
    instruments.apply({
      metric: 'gitops_evaluations_total',
      labels: { sync_status: status },
      action: 'increment',
      value: 0,
    })
}

/** The same for drift that ends. */
function zeroEpisodes(instruments: Instruments): void {
  for (const cause of CAUSES) {
    instruments.zero('gitops_drift_episode_duration_seconds', { cause })
    for (const ended_by of ENDINGS) {
      const labels = { cause, ended_by }
      instruments.apply({ metric: 'gitops_drift_episodes_total', labels, action: 'increment', value: 0 })
    }
  }
}

function applyMeasurements(
  instruments: Instruments,
  measurements: readonly Measurement[],
  onError: (error: unknown) => void,
): void {
  for (const measurement of measurements) {
    try {
      instruments.apply(measurement)
    } catch (error) {
      // A measurement without a metric is a bug, and no reason to lose the others.
      onError(error)
    }
  }
}
