import { closeListener, listen } from './listener.ts'
import { createMetricsListener } from './metrics-listener.ts'
import { createPagesListener } from './pages-listener.ts'
import type { HttpOptions, HttpService } from './ports.ts'
import { createReadiness } from './readiness.ts'
import { openWebAccess, type WebAccess } from './web/web-access.ts'

/**
 * Starts both listeners: one for machines (`/metrics`, `/livez`, `/readyz`), one for people, which shows what runs in the clusters and
 * therefore has an address of its own.
 * @throws CodedError `GDE_LISTEN`, and those of a web config; nothing listens then
 */
export async function startHttp(options: HttpOptions): Promise<HttpService> {
  const { log, now, metrics: exposition, listen: addresses } = options
  const access = async (listener: keyof HttpOptions['listen']): Promise<WebAccess | undefined> => {
    const path = addresses[listener].webConfigFile
    if (path === undefined) return undefined
    const onRead = (successful: boolean): void =>
      exposition.configLoaded({ part: `${listener}.webConfigFile`, successful, at: now() })
    return openWebAccess({ path, listener, log, onRead })
  }
  const web = { metrics: await access('metrics'), pages: await access('pages') }
  const readiness = createReadiness(options)
  const metrics = createMetricsListener(options, readiness, web.metrics)
  const pages = createPagesListener(options, web.pages)

  async function close(): Promise<void> {
    readiness.stop()
    await Promise.all([closeListener(metrics), closeListener(pages)])
  }

  try {
    const metricsUrl = await listen(metrics, addresses.metrics, web.metrics?.encrypted === true)
    const pagesUrl = await listen(pages, addresses.pages, web.pages?.encrypted === true)
    log('info', 'listening', { metrics: metricsUrl, pages: pagesUrl })
    return { metricsUrl, pagesUrl, close }
  } catch (error) {
    await close()
    throw error
  }
}
