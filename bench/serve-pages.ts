import type { HttpOptions, HttpService } from '../src/http/ports.ts'
import { startHttp } from '../src/http/start-http.ts'

const HERE = { address: '127.0.0.1', port: 0 }
/** Of a bench that scrapes nothing. */
const NO_METRICS: HttpOptions['metrics'] = {
  scrape: () => Promise.reject(new Error('nobody scrapes')),
  ready: true,
  configLoaded: () => undefined,
  requestServed: () => undefined,
}

/** The listeners over a fleet that has neither objects nor a past. */
export function servePages(
  fleet: HttpOptions['fleet'],
  options: Partial<Pick<HttpOptions, 'access' | 'metrics'>> = {},
): Promise<HttpService> {
  return startHttp({
    fleet,
    metrics: NO_METRICS,
    objects: async () => [],
    episodes: async () => ({ found: [] }),
    timeline: async () => ({ slices: [], gaps: [], isCut: false }),
    listen: { metrics: HERE, pages: HERE },
    version: '0.0.0',
    log: () => undefined,
    now: () => 1_732_300_000,
    firstPassTimeoutSeconds: 1,
    ...options,
  })
}
