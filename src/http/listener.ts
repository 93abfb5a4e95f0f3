import type { Server } from 'node:http'
import fastify, { type FastifyHttpOptions, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { CodedError, toFailure } from '../model/failure.ts'
import type { Log } from '../model/log.ts'
import type { ListenAddress } from '../model/settings.ts'
import type { Exposition } from './ports.ts'
import type { WebAccess } from './web/web-access.ts'

/** From the first byte of a request to its last. */
const REQUEST_TIMEOUT_MS = 10_000
/** A client that takes nothing of its answer for so long is cut off. */
const STALLED_TIMEOUT_MS = 30_000
/** Longer than the usual scrape intervals, so that Prometheus can keep its connection. */
const IDLE_TIMEOUT_MS = 125_000
const CLOSE_GRACE_MS = 5_000
/** The request line counts too, so no path is longer. */
const MAX_HEADER_BYTES = 16 * 1024

const LIMITS = {
  bodyLimit: 1024,
  requestTimeout: REQUEST_TIMEOUT_MS,
  connectionTimeout: STALLED_TIMEOUT_MS,
  keepAliveTimeout: IDLE_TIMEOUT_MS,
  http: { headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 2_000, maxHeaderSize: MAX_HEADER_BYTES },
} as const
const MAX_CONNECTIONS = 512

/** No route has one, so what compiles them is not loaded. */
const NO_SCHEMAS = { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } }

function refuseSchema(): never {
  throw new Error('routes have no schemas here')
}

export interface ListenerOptions {
  readonly metrics: Exposition
  readonly log: Log
  /** Of every answer, errors included. */
  readonly headers: Readonly<Record<string, string>>
  /** Who may connect; undefined: everybody, in the clear. */
  readonly web: WebAccess | undefined
  /** How errors look here: text for machines, a page for people. */
  readonly errorBody: (code: number, message: string) => { readonly contentType: string; readonly body: string }
}

/** A server with the limits that both listeners share. Without a route of another method it answers GET and HEAD only; it does not name itself. */
export function createListener({ metrics, log, headers, web, errorBody }: ListenerOptions): FastifyInstance {
  const everywhere = { ...headers, 'x-content-type-options': 'nosniff' }

  function fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const code = statusOf(error)
    if (code >= 500)
      log('error', 'a request failed', { ...toFailure(error), route: request.routeOptions.url ?? 'none' })
    return answer(reply, code, code >= 500 ? 'Something went wrong here.' : 'The request makes no sense.')
  }

  function answer(reply: FastifyReply, code: number, message: string): FastifyReply {
    const { contentType, body } = errorBody(code, message)
    // Requests that are no HTTP end here without having passed the hooks.
    return reply.code(code).headers(everywhere).type(contentType).send(body)
  }

  const app = fastify({
    ...LIMITS,
    logger: false,
    schemaController: NO_SCHEMAS,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_HEADER_BYTES },
    frameworkErrors: fail,
    ...serverOf(web),
  })
  app.server.maxConnections = MAX_CONNECTIONS

  web?.guard(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(everywhere)
    if (!request.is404 || request.method === 'GET' || request.method === 'HEAD') return
    return answer(reply.header('allow', 'GET, HEAD'), 405, 'Only GET and HEAD are answered here.')
  })
  app.addHook('onResponse', async (request, reply) => {
    // The pattern of the route, never the path: paths are the client's to choose.
    const route = request.routeOptions.url ?? 'none'
    metrics.requestServed({ route, code: reply.statusCode, seconds: reply.elapsedTime / 1000 })
  })
  app.setNotFoundHandler((_request, reply) => answer(reply, 404, 'There is no such page.'))
  app.setErrorHandler(fail)
  return app
}

function serverOf(web: WebAccess | undefined): Pick<FastifyHttpOptions<Server>, 'serverFactory'> {
  return web === undefined ? {} : { serverFactory: (handler) => limited(web.createServer(LIMITS.http, handler)) }
}

/** What fastify says to a server that it makes itself. */
function limited(server: Server): Server {
  server.keepAliveTimeout = LIMITS.keepAliveTimeout
  server.requestTimeout = LIMITS.requestTimeout
  return server.setTimeout(LIMITS.connectionTimeout)
}

/** The HTTP status that something thrown asks for; 500 where it asks for none. */
export function statusOf(error: unknown): number {
  const code = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof code === 'number' && code >= 400 && code < 600 ? code : 500
}

/** Starts to listen and returns the URL. @throws CodedError `GDE_LISTEN` */
export async function listen(
  app: FastifyInstance,
  { address, port }: ListenAddress,
  encrypted: boolean,
): Promise<string> {
  try {
    await app.listen({ host: address, port })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CodedError('GDE_LISTEN', `cannot listen on ${address} port ${port}: ${reason}`, {}, { cause: error })
  }
  const bound = app.server.address()
  const chosen = typeof bound === 'object' && bound !== null ? bound.port : port
  return `${encrypted ? 'https' : 'http'}://${address.includes(':') ? `[${address}]` : address}:${chosen}`
}

/** Lets running answers end for a while, then cuts them off. */
export async function closeListener(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS)
  try {
    await app.close()
  } finally {
    clearTimeout(timer)
  }
}
