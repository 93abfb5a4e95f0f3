import { resolve } from 'node:path'
import { pause } from '../../concurrency/pause.ts'
import { configErrorText } from '../../config/config-error.ts'
import { exportedBy } from '../../config/exported-metrics.ts'
import { parseConfig } from '../../config/load-config.ts'
import { readConfigFile } from '../../config/read-config-file.ts'
import { changedRestartKeys } from '../../config/restart-keys.ts'
import { type ConfigWatch, watchConfig } from '../../config/watch-config.ts'
import type { RefusedConfig } from '../../http/ports.ts'
import { startHttp } from '../../http/start-http.ts'
import { readAuditBatch } from '../../journal/audit/read-audit-event.ts'
import { createMetrics } from '../../metrics/metrics.ts'
import { toFailure } from '../../model/failure.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Settings } from '../../model/settings.ts'
import { SHARD_PLACEHOLDER, type Shard, type ShownShard, shardUrl } from '../../model/shard.ts'
import { type Runtime, startRuntime } from '../../threads/runtime.ts'
import { VERSION } from '../cli/version.ts'
import { chooseShard } from './choose-shard.ts'
import { followSurroundings } from './follow-surroundings.ts'
import { NO_CONFIG } from './load-settings.ts'
import { logTransitions } from './log-transitions.ts'
import type { openAccess } from './open-access.ts'
import { type Logging, serviceOptions } from './runtime-options.ts'

/** A running service: what `serve` and `demo` are made of. */
export interface Service extends AsyncDisposable {
  readonly metricsUrl: string
  readonly pagesUrl: string
  /** Reads the config file again now. */
  reload(): Promise<void>
}

/** After this long `/readyz` no longer waits for the first pass: a cluster that hangs must not keep a rollout waiting. */
const FIRST_PASS_TIMEOUT_SECONDS = 120
/** Longest wait for restored and configured apps at the start: metrics without them are better than none. */
const KNOWN_APPS_MS = 10_000

/**
 * Starts everything that the config file says, and follows the file.
 * @throws ConfigError and other errors of the config at the start; later ones are only logged
 */
export async function startService(
  path: string | undefined,
  { log, logLevel, shard: option }: Logging & { readonly shard?: string | undefined },
): Promise<Service> {
  const absolute = path === undefined ? NO_CONFIG.path : resolve(path)
  const text = path === undefined ? NO_CONFIG.text : await readConfigFile(absolute, path)
  const settings = parseConfig(text, absolute)
  const shard = chooseShard(settings.shards, { option, variable: process.env.GITOPS_SHARD })
  const logBug = (error: unknown): void => log('error', toFailure(error).message)
  await using parts = new AsyncDisposableStack()
  let watch: ConfigWatch | undefined
  let refusedConfig: RefusedConfig | undefined
  let current = settings

  for (const { failure } of settings.metrics.problems) log('warn', failure.message, { code: failure.code })
  const runtime = parts.adopt(await startRuntime(serviceOptions(settings, { log, logLevel })), (one) => one.close())
  const metrics = parts.adopt(
    createMetrics(runtime.fleet, {
      ...seriesOptions(settings, shard),
      ...(shard !== undefined && { shard }),
      ...exportOptions(settings),
      version: VERSION,
      onError: logBug,
    }),
    (one) => one.close(),
  )
  parts.adopt(logTransitions(runtime.fleet, { log, now: unixSeconds }), (one) => one.close())
  const surroundings = parts.adopt(
    followSurroundings({
      follow: (next) => runtime.follow({ settings: next, ...(shard !== undefined && { shard }) }),
      log,
      onError: logBug,
    }),
    (one) => one.close(),
  )
  const applySettings = (next: Settings): Promise<void> => {
    const { clusters, repositories, apps } = next
    const followed = surroundings.apply(next)
    const counts = { clusters: clusters.length, repositories: repositories.length, apps: apps.length }
    log('info', 'config loaded', { ...counts, ...whileRefused(refusedConfig) })
    metrics.configLoaded({ successful: true, at: unixSeconds() })
    refusedConfig = undefined
    current = next
    return followed
  }
  // An app that is not in the first scrape after a restart has its alerts resolved.
  await orPause(applySettings(settings), KNOWN_APPS_MS)
  await metrics.flushed()
  const access = settings.access && (await openConfiguredAccess(settings, shard, parts))
  const http = parts.adopt(
    await startHttp({
      fleet: runtime.fleet,
      metrics,
      objects: (app) => runtime.objects(app),
      ...{ episodes: runtime.episodes, timeline: runtime.timeline },
      refusedConfig: () => refusedConfig,
      ...(shard !== undefined && { shard: shownShard(shard, settings) }),
      audit: { sources: settings.audit, receive: auditReceiver(runtime) },
      ...webhookOptions(settings, runtime, shard),
      listen: { metrics: settings.metrics, pages: settings.pages },
      ...(access !== undefined && { access }),
      externalUrl: () => shardUrl(current.externalUrl, shard?.index ?? 0),
      links: () => current.links,
      // The file is watched from when the listeners are there.
      ...(settings.metrics.reload && { reload: async () => (await watch?.reload())?.failure }),
      version: VERSION,
      log,
      now: unixSeconds,
      firstPassTimeoutSeconds: FIRST_PASS_TIMEOUT_SECONDS,
    }),
    (one) => one.close(),
  )

  watch =
    path === undefined
      ? undefined
      : parts.adopt(
          watchConfig(absolute, text, {
            accepted: (next) => {
              for (const key of changedRestartKeys(settings, next)) log('warn', `${key} takes effect at the next start`)
              applySettings(next).catch(logBug)
              metrics.configure(seriesOptions(next, shard)).catch(logBug)
            },
            refused: (error) => {
              refusedConfig = { failure: error.failure, at: refusedConfig?.at ?? unixSeconds() }
              log('error', `config refused, the old one goes on:\n${configErrorText(error)}`, refusal(refusedConfig))
              metrics.configLoaded({ successful: false, at: unixSeconds() })
            },
          }),
          (one) => one.close(),
        )

  const running = parts.move()
  return {
    metricsUrl: http.metricsUrl,
    pagesUrl: http.pagesUrl,
    reload: async () => void (await watch?.reload()),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** It connects to clusters, of which this thread has no code else. */
async function openConfiguredAccess(...given: Parameters<typeof openAccess>): ReturnType<typeof openAccess> {
  const { openAccess } = await import('./open-access.ts')
  return openAccess(...given)
}

async function orPause(work: Promise<void>, milliseconds: number): Promise<void> {
  const waits = new AbortController()
  await Promise.race([work, pause(milliseconds, waits.signal)]).finally(() => waits.abort())
}

/** Fields of the log, as those of every other transition. */
function refusal({ failure, at }: RefusedConfig): JsonObject {
  return { code: failure.code, since: new Date(at * 1000).toISOString() }
}

function whileRefused(refused: RefusedConfig | undefined): JsonObject {
  return refused === undefined ? {} : { was: 'refused', lastedSeconds: Math.round(unixSeconds() - refused.at) }
}

/** What takes effect at the next start. */
function exportOptions({ metrics }: Settings) {
  const { lagByProject, createdTimestamps } = metrics
  return { isExported: exportedBy(metrics), lagByProject, createdTimestamps }
}

function seriesOptions({ metrics, compatibility, externalUrl }: Settings, shard: Shard | undefined) {
  const url = shardUrl(externalUrl, shard?.index ?? 0)
  return {
    appLabels: metrics.appLabels,
    commitAuthors: metrics.commitAuthors,
    impliedSeries: metrics.impliedSeries,
    argocdCompatibility: compatibility.argocd,
    ...(url !== undefined && { externalUrl: url }),
  }
}

/** Every shard is a peer, this one included: what it gets twice is polled once. */
function webhookOptions(
  { webhooks }: Settings,
  { poll }: Runtime,
  shard: Shard | undefined,
): Pick<Parameters<typeof startHttp>[0], 'webhooks'> {
  const { receivers, peers: templates, ...listen } = webhooks
  if (receivers.length === 0) return {}
  const indices = Array.from({ length: shard?.count ?? 1 }, (_, index) => index)
  const urls = templates.flatMap((template) => indices.flatMap((index) => shardUrl(template, index) ?? []))
  return { webhooks: { receivers, peers: [...new Set(urls)], poll, listen } }
}

/** @returns whether the body is a batch of audit events, which it then hands to the journal */
function auditReceiver(runtime: Runtime): (cluster: string, body: unknown) => boolean {
  return (cluster, body) => {
    const writes = readAuditBatch(body)
    if (writes !== undefined) runtime.audit({ cluster, writes })
    return writes !== undefined
  }
}

/** A URL without a place for the index is that of all shards together, and leads to none of them. */
function shownShard(shard: Shard, { externalUrl }: Settings): ShownShard {
  return externalUrl?.includes(SHARD_PLACEHOLDER) === true ? { ...shard, urlTemplate: externalUrl } : shard
}

function unixSeconds(): number {
  return Date.now() / 1000
}
