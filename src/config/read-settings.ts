import { isIP } from 'node:net'
import { validate as isCron } from 'node-cron'
import { labelKeyError } from '../kubernetes/labels.ts'
import type { DiscoverySettings, ListenAddress, Settings } from '../model/settings.ts'
import { shardUrl } from '../model/shard.ts'
import { gobwasGlob } from '../text/gobwas-glob.ts'
import { didYouMean } from '../text/nearest-name.ts'
import { readAccess } from './access/read-access.ts'
import { blindAlerts } from './exported-metrics.ts'
import { readAudit } from './journal/read-audit.ts'
import { readLinks } from './links/read-links.ts'
import type { ParseContext } from './parse-context.ts'
import { readApps } from './read-apps.ts'
import { readClusters } from './read-clusters.ts'
import { readComparing } from './read-comparing.ts'
import { readCredentials } from './repositories/read-credentials.ts'
import { readCharts, readRepositories, readRewrites, readSeconds } from './repositories/read-repositories.ts'
import { restartValues } from './restart-keys.ts'
import type { ConfigFile } from './schema.ts'
import { readWebhooks } from './webhooks/read-webhooks.ts'

/** Turns a config file into settings, and reports what is inconsistent. */
export function readSettings(config: ConfigFile, context: ParseContext): Settings {
  const clusters = readClusters(config.clusters ?? [], context)
  const names = (config.clusters ?? []).map(({ name }) => name)
  const discovery = readDiscovery(config.discovery, names, context)
  const open = discovery.argocd.some(({ clusterSecrets }) => clusterSecrets)
  const comparing = readComparing(config.comparing, context)
  const { metrics, pages, webhooks } = config
  for (const [name, { address }] of Object.entries({ metrics, pages, webhooks }))
    if (isIP(address) === 0 && address !== 'localhost')
      context.reportIssue(
        `/${name}/address`,
        `${JSON.stringify(address)} is no IP address, such as "127.0.0.1" or "0.0.0.0"`,
      )
  reportSharedPorts({ metrics, pages, ...(webhooks.receivers.length > 0 && { webhooks }) }, context)
  const externalUrl = readExternalUrl(config.externalUrl, context)
  return {
    file: context.path,
    metrics: {
      ...readListener(metrics, context),
      appLabels: readAppLabels(metrics.appLabels, context),
      commitAuthors: metrics.commitAuthors,
      impliedSeries: metrics.impliedSeries,
      lagByProject: metrics.lagByProject,
      createdTimestamps: metrics.createdTimestamps,
      allow: metrics.allow,
      deny: metrics.deny,
      problems: blindAlerts(metrics),
      reload: metrics.reload,
    },
    pages: readListener(pages, context),
    ...readAccess(pages.access, { clusters: config.clusters ?? [], externalUrl: externalUrl.externalUrl }, context),
    webhooks: readWebhooks(config.webhooks, readListener(config.webhooks, context), context),
    shards: readShards(config.shards, context),
    ...externalUrl,
    links: readLinks(config.links, context),
    schedule: readSchedule(config.schedule, context),
    stateDirectory: context.absolute(config.stateDirectory),
    staleAfter: {
      clusterSeconds: readSeconds(config.staleAfter.cluster, '/staleAfter/cluster', context),
      gitSeconds: readSeconds(config.staleAfter.git, '/staleAfter/git', context),
    },
    journal: {
      days: readSeconds(config.journal.keep, '/journal/keep', context) / 86_400,
      bytes: config.journal.bytes,
      commitAuthors: config.journal.commitAuthors,
    },
    audit: readAudit(config.audit ?? [], names, context),
    rewrites: readRewrites(config.rewrites, context),
    charts: readCharts(config.charts, context),
    repositories: readRepositories(config.repositories ?? [], context),
    credentials: readCredentials(config.credentials, context),
    decryption: (config.decryption?.keys ?? []).map((key) => ({ ...key, file: context.absolute(key.file) })),
    clusters,
    apps: readApps(config.apps ?? [], comparing, { names, open }, context),
    discovery,
    comparing,
    limits: {
      renderSeconds: readSeconds(config.limits.renderTimeout, '/limits/renderTimeout', context),
      documentBytes: config.limits.documentBytes,
    },
    compatibility: config.compatibility,
    atNextStart: restartValues(config),
  }
}

function readListener(
  { address, port, webConfigFile }: Pick<ConfigFile['pages'], 'address' | 'port' | 'webConfigFile'>,
  context: ParseContext,
): ListenAddress {
  return { address, port, ...(webConfigFile !== undefined && { webConfigFile: context.absolute(webConfigFile) }) }
}

function readShards({ count, index }: ConfigFile['shards'], context: ParseContext): Settings['shards'] {
  if (index !== undefined && index >= count)
    context.reportIssue('/shards/index', `of ${count} the last has the index ${count - 1}`)
  return { count, ...(index !== undefined && { index }) }
}

function readExternalUrl(url: string | undefined, context: ParseContext): Pick<Settings, 'externalUrl'> {
  if (url === undefined) return {}
  const one = shardUrl(url, 0) ?? url
  const parsed = URL.canParse(one) ? new URL(one) : undefined
  const isUsable = parsed !== undefined && /^https?:$/.test(parsed.protocol)
  if (!isUsable) context.reportIssue('/externalUrl', 'must be an http or https URL')
  else if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '')
    context.reportIssue('/externalUrl', 'must hold nothing but host and path')
  return { externalUrl: url.replace(/\/+$/, '') }
}

function readSchedule(schedule: string, context: ParseContext): string {
  // node-cron also takes a sixth field for seconds: a pass each second is never meant.
  if (schedule.trim().split(/\s+/).length !== 5 || !isCron(schedule))
    context.reportIssue(
      '/schedule',
      `${JSON.stringify(schedule)} is no cron expression of five fields, such as "*/10 * * * *"`,
    )
  return schedule
}

function readAppLabels(labels: readonly string[], context: ParseContext): readonly string[] {
  for (const [index, label] of labels.entries()) {
    const labelError = label === '*' ? undefined : labelKeyError(label)
    if (labelError !== undefined) context.reportIssue(`/metrics/appLabels/${index}`, `not a label key: ${labelError}`)
  }
  return labels
}

/** @param listeners those that listen, by their key */
function reportSharedPorts(listeners: Readonly<Record<string, ListenAddress>>, context: ParseContext): void {
  const everywhere = ['0.0.0.0', '::']
  const all = Object.entries(listeners)
  for (const [index, [name, one]] of all.entries())
    for (const [before, other] of all.slice(0, index)) {
      if (one.port === 0 || one.port !== other.port) continue
      if (one.address !== other.address && ![one, other].some(({ address }) => everywhere.includes(address))) continue
      context.reportIssue(
        context.isWritten(`/${name}/port`) ? `/${name}/port` : `/${before}/port`,
        `${before} and ${name} cannot both listen on port ${one.port}`,
      )
    }
}

function reportGlobIssues(globs: readonly string[], pointer: string, context: ParseContext): void {
  for (const [index, glob] of globs.entries())
    if (gobwasGlob(glob) === undefined) context.reportIssue(`${pointer}/${index}`, `${JSON.stringify(glob)} is no glob`)
}

function readDiscovery(
  discovery: ConfigFile['discovery'],
  clusters: readonly string[],
  context: ParseContext,
): DiscoverySettings {
  for (const controller of ['argocd', 'flux', 'helm'] as const)
    for (const [index, { cluster }] of (discovery[controller] ?? []).entries())
      if (!clusters.includes(cluster))
        context.reportIssue(
          `/discovery/${controller}/${index}/cluster`,
          `no cluster has the name ${JSON.stringify(cluster)}${didYouMean(cluster, clusters)}`,
        )
  for (const controller of ['argocd', 'flux'] as const)
    for (const [index, entry] of (discovery[controller] ?? []).entries()) {
      const pointer = `/discovery/${controller}/${index}`
      reportGlobIssues(entry.allowedRepositories, `${pointer}/allowedRepositories`, context)
      reportGlobIssues(entry.trustedUrls, `${pointer}/trustedUrls`, context)
    }
  for (const [index, { artifactUrls }] of (discovery.flux ?? []).entries())
    reportGlobIssues(artifactUrls, `/discovery/flux/${index}/artifactUrls`, context)
  return { argocd: discovery.argocd ?? [], flux: discovery.flux ?? [], helm: discovery.helm ?? [] }
}
