import { closeListener, listen } from './listener.ts'
import { createMetricsListener } from './metrics-listener.ts'
import { createPagesListener } from './pages-listener.ts'
import type { HttpOptions, HttpService } from './ports.ts'
import { createReadiness } from './readiness.ts'

/**
 * Starts both listeners: one for machines (`/metrics`, `/livez`, `/readyz`), one for people, which shows what runs in the clusters and
 * therefore has an address of its own.
 * @throws CodedError `GDE_LISTEN`; nothing listens then
 */
export async function startHttp(options: HttpOptions): Promise<HttpService> {
  const readiness = createReadiness(options)
  const metrics = createMetricsListener(options, readiness)
  const pages = createPagesListener(options)

  async function close(): Promise<void> {
    readiness.stop()
    await Promise.all([closeListener(metrics), closeListener(pages)])
  }

  try {
    const metricsUrl = await listen(metrics, options.listen.metrics)
    const pagesUrl = await listen(pages, options.listen.pages)
    options.log('info', 'listening', { metrics: metricsUrl, pages: pagesUrl })
    return { metricsUrl, pagesUrl, close }
  } catch (error) {
    await close()
    throw error
  }
}
