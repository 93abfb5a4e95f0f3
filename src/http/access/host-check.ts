import type { FastifyInstance } from 'fastify'
import { isLoopbackHost } from '../loopback.ts'
import { refuse } from './refuse.ts'

/**
 * Keeps a web page that has pointed its own name at 127.0.0.1 from reading what is shown there: on a loopback listener the Host header has to be
 * a name of this machine, or that of the external URL, which a proxy passes on.
 */
export function checkHost(app: FastifyInstance, externalUrl: () => string | undefined): void {
  app.addHook('onRequest', async (request, reply) => {
    const { host } = request.headers
    if (isLoopbackHost(host)) return
    const external = externalUrl()
    if (external !== undefined && new URL(external).host === host?.toLowerCase()) return
    return refuse(request, reply, 421, 'This listener has another name: the one that externalUrl in the config says.')
  })
}
