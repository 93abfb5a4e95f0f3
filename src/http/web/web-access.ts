import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { createBasicAuth } from './basic-auth.ts'
import { type FollowOptions, followWebConfig } from './follow-web-config.ts'
import { createRateLimiter } from './rate-limiter.ts'
import { alternativeNames, createTlsConnections } from './tls-connections.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route asks for a token of its own, in the header that a password would be in. */
    readonly ownToken?: boolean
  }
}

/** What a web config makes of a listener. */
export interface WebAccess {
  /** Whether it began with TLS. */
  readonly encrypted: boolean
  createServer(options: ServerOptions, handler: RequestListener): Server
  /** Before all other hooks: nothing is answered to whoever is not let in. */
  guard(app: FastifyInstance): void
  /** Alternative names of the client's certificate; none unless the web config has it verified. */
  clientNames(socket: Socket): Promise<readonly string[]>
}

/** @throws as `followWebConfig` */
export async function openWebAccess(options: FollowOptions): Promise<WebAccess> {
  const config = await followWebConfig(options)
  const connections = createTlsConnections(() => config.current(), options.log)
  const limiter = createRateLimiter(() => performance.now())
  const auth = createBasicAuth()
  const encrypted = (await config.current()).tls !== undefined

  return {
    encrypted,
    createServer(serverOptions, handler) {
      const server = createServer(serverOptions, handler)
      connections.take(server)
      return server
    },
    async clientNames(socket) {
      const { tls } = await config.current()
      const isVerified = tls?.clientAuth === 'verify' || tls?.clientAuth === 'verifyGiven'
      if (!isVerified || !(socket instanceof TLSSocket) || !socket.authorized) return []
      const certificate = socket.getPeerX509Certificate()
      return certificate === undefined ? [] : alternativeNames(certificate)
    },
    guard(app) {
      app.addHook('onRequest', async (request, reply) => {
        const { headers, users, rateLimit } = await config.current()
        const refuse = (code: number, message: string) => reply.code(code).type('text/plain').send(`${message}\n`)
        reply.headers(headers)
        if (!limiter.admits(rateLimit)) return refuse(429, 'Too many requests.')
        if (users.size === 0 || request.routeOptions.config.ownToken === true) return
        const outcome = await auth.signIn(users, request.headers.authorization, request.ip)
        if (outcome === 'allowed') return
        if (outcome === 'busy') return refuse(503, 'Too many sign in at once.')
        reply.header('www-authenticate', 'Basic realm="exporter", charset="UTF-8"')
        return refuse(401, 'A user and a password are needed.')
      })
      app.addHook('preClose', async () => connections.closePending())
    },
  }
}
