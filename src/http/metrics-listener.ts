import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { failureText } from '../model/failure.ts'
import { createListener } from './listener.ts'
import { landingPage } from './pages/markup/landing-page.ts'
import { HTML_TYPE, PAGE_HEADERS } from './pages/markup/layout.ts'
import type { HttpOptions } from './ports.ts'
import { checksText, type Readiness } from './readiness.ts'
import type { WebAccess } from './web/web-access.ts'

const TEXT_TYPE = 'text/plain; charset=utf-8'
/** Each response in flight holds its text in memory; two Prometheus servers and a few people stay far below this. */
const CONCURRENT_SCRAPES = 16

/** `/metrics`, `/livez`, `/readyz`, what Prometheus calls those, `/-/reload`, and a page that links to them. */
export function createMetricsListener(
  options: HttpOptions,
  readiness: Readiness,
  web: WebAccess | undefined,
): FastifyInstance {
  const { metrics, log, version } = options
  const app = createListener({
    metrics,
    log,
    headers: {},
    web,
    errorBody: (_code, message) => ({ contentType: TEXT_TYPE, body: `${message}\n` }),
  })
  let scrapes = 0

  async function serveMetrics(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (scrapes >= CONCURRENT_SCRAPES)
      return reply.code(503).header('retry-after', '1').type(TEXT_TYPE).send('Too many scrapes at once.\n')
    scrapes += 1
    reply.raw.once('close', () => {
      scrapes -= 1
    })
    const { accept, 'accept-encoding': acceptEncoding } = request.headers
    const scrape = await metrics.scrape({ accept, acceptEncoding: joinHeader(acceptEncoding) })
    reply.type(scrape.contentType).header('vary', 'Accept, Accept-Encoding').header('content-length', scrape.length)
    if (scrape.contentEncoding !== undefined) reply.header('content-encoding', scrape.contentEncoding)
    return reply.send(request.method === 'HEAD' ? '' : Readable.from(scrape.chunks))
  }
  // The HEAD route that fastify adds by itself would give a length of 0.
  app.route({ method: ['GET', 'HEAD'], url: '/metrics', handler: serveMetrics })

  // Says only that the process answers: a restart mends no cluster. The second name is Prometheus' own, as are those below.
  for (const path of ['/livez', '/-/healthy'])
    app.get(path, async (_request, reply) => reply.type(TEXT_TYPE).header('cache-control', 'no-store').send('ok\n'))

  for (const path of ['/readyz', '/-/ready'])
    app.get<{ Querystring: { verbose?: unknown } }>(path, async (request, reply) => {
      const checks = readiness.checks()
      const text = checksText(checks, request.query.verbose !== undefined)
      const code = checks.every(({ passed }) => passed) ? 200 : 503
      return reply.code(code).type(TEXT_TYPE).header('cache-control', 'no-store').send(text)
    })

  // By PUT or POST alone, as in Prometheus: no page can be made to send those to here without asking first.
  app.route({
    method: ['PUT', 'POST'],
    url: '/-/reload',
    handler: async (_request, reply) => {
      reply.type(TEXT_TYPE).header('cache-control', 'no-store')
      if (options.reload === undefined)
        return reply.code(403).send('Reloading is off: see metrics.reload in the config.\n')
      const failure = await options.reload()
      return failure === undefined ? reply.send('ok\n') : reply.code(500).send(`${failureText(failure)}\n`)
    },
  })

  app.get('/', async (_request, reply) => reply.headers(PAGE_HEADERS).type(HTML_TYPE).send(landingPage(version)))
  return app
}

function joinHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value
}
