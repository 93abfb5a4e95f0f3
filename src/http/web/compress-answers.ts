import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { acceptsGzip } from '../../text/weighted-header.ts'

const pack = promisify(gzip)
/** Of less than a packet nothing is won. */
const LEAST_BYTES = 1400
/** Less than the usual 6: what is packed is sent once. */
const LEVEL = 4

/**
 * Packs texts that are answered whole, in a thread of Node's pool, where the client takes gzip. Their length could tell of what they hold
 * (BREACH) only if a stranger's page could have them asked for as somebody: sessions are SameSite, and values of Secrets are in none.
 */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload: unknown) => {
    if (typeof payload !== 'string') return payload
    reply.header('vary', [reply.getHeader('vary'), 'Accept-Encoding'].filter(Boolean).join(', '))
    const { 'accept-encoding': accepted } = request.headers
    const isAccepted = acceptsGzip(Array.isArray(accepted) ? accepted.join(',') : accepted)
    if (!isAccepted || payload.length < LEAST_BYTES) return payload
    // The same content in other bytes: a strong tag would say otherwise (RFC 9110 8.8.3.3).
    const tag = reply.getHeader('etag')
    if (typeof tag === 'string' && !tag.startsWith('W/')) reply.header('etag', `W/${tag}`)
    reply.removeHeader('content-length').header('content-encoding', 'gzip')
    return await pack(payload, { level: LEVEL })
  })
}
