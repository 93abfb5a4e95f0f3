import { hash, randomBytes } from 'node:crypto'
import { type ArgocdRights, createArgocdRights } from './access/argocd/argocd-rights.ts'
import type { SignIn } from './access/sign-in.ts'
import { closeListener, listen } from './listener.ts'
import { isLoopbackAddress } from './loopback.ts'
import { createMetricsListener } from './metrics-listener.ts'
import { createPagesListener } from './pages-listener.ts'
import type { HttpOptions, HttpService } from './ports.ts'
import { createReadiness } from './readiness.ts'
import { createClientLimits } from './web/client-limits.ts'
import type { WebAccess } from './web/web-access.ts'
import { createWebhookListener } from './webhooks/webhook-listener.ts'

/**
 * Starts the listeners: one for machines (`/metrics`, `/livez`, `/readyz`), one for people, which shows what runs in the clusters and
 * therefore has an address of its own, and where there are receivers one for events of Git servers.
 * @throws CodedError `GDE_LISTEN`, and those of a web config; nothing listens then
 */
export async function startHttp(options: HttpOptions): Promise<HttpService> {
  const { log, now, metrics: exposition, listen: addresses } = options
  const { webhooks } = options
  const access = async (listener: string, path: string | undefined): Promise<WebAccess | undefined> => {
    if (path === undefined) return undefined
    // With it comes all of node:http, 14 MB, which fastify does with a part of.
    const { openWebAccess } = await import('./web/web-access.ts')
    const onRead = (successful: boolean): void =>
      exposition.configLoaded({ part: `${listener}.webConfigFile`, successful, at: now() })
    return openWebAccess({ path, listener, log, onRead })
  }
  const web = {
    metrics: await access('metrics', addresses.metrics.webConfigFile),
    pages: await access('pages', addresses.pages.webConfigFile),
    webhooks: await access('webhooks', webhooks?.listen.webConfigFile),
  }
  if (
    options.access === undefined &&
    addresses.pages.webConfigFile === undefined &&
    !isLoopbackAddress(addresses.pages.address)
  )
    log('warn', 'whoever reaches the listener of the pages sees everything there: pages.access says who may see what')
  const readiness = createReadiness(options)
  const metrics = createMetricsListener(options, readiness, web.metrics)
  const argocd = openArgocdRights(options)
  const pages = createPagesListener(options, web.pages, { argocd, signIn: await openSignIn(options, argocd) })
  const events =
    webhooks && createWebhookListener(webhooks, { fleet: options.fleet, metrics: exposition, log }, web.webhooks)

  async function close(): Promise<void> {
    readiness.stop()
    await Promise.all([closeListener(metrics), closeListener(pages), events && closeListener(events)])
  }

  try {
    const metricsUrl = await listen(metrics, addresses.metrics, web.metrics?.encrypted === true)
    const pagesUrl = await listen(pages, addresses.pages, web.pages?.encrypted === true)
    const webhooksUrl = events && webhooks && (await listen(events, webhooks.listen, web.webhooks?.encrypted === true))
    const urls = { metrics: metricsUrl, pages: pagesUrl, ...(webhooksUrl !== undefined && { webhooks: webhooksUrl }) }
    log('info', 'listening', urls)
    return { metricsUrl, pagesUrl, ...(webhooksUrl !== undefined && { webhooksUrl }), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Of one address; signing in takes two. */
const SIGN_INS = { intervalMs: 500, burst: 20 }

function openArgocdRights({ access, log }: HttpOptions): ArgocdRights | undefined {
  const place = access?.settings.argocd
  const read = access?.argocdPolicies
  return place && read && createArgocdRights({ read, place, log, now: () => performance.now() })
}

/** The library for it is loaded where people sign in. Where no key is given, sessions end with this process. */
async function openSignIn(
  { access, log, now }: HttpOptions,
  argocd: ArgocdRights | undefined,
): Promise<SignIn | undefined> {
  if (access?.settings.oidc === undefined) return undefined
  const { createSignIn } = await import('./access/sign-in.ts')
  const { oidc: provider, roles } = access.settings
  return createSignIn({
    ...{ provider, roles, log, now },
    members: async () => (await argocd?.members()) ?? new Set(),
    clientSecret: async () => access.clientSecret?.(),
    key: access.sessionKey === undefined ? randomBytes(32) : hash('sha256', access.sessionKey, 'buffer'),
    admits: createClientLimits(SIGN_INS, () => performance.now()).admits,
  })
}
