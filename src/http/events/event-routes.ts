import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Fleet } from '../../model/fleet.ts'
import type { Viewer } from '../access/viewer.ts'
import { fail } from '../api/answers.ts'
import { createEventHub, HEARTBEAT_MS } from './event-hub.ts'

/** `/api/v1/events`: what changes, as it changes, for pages and programs. */
export function addEvents(
  app: FastifyInstance,
  { fleet, viewerOf }: { readonly fleet: Fleet; readonly viewerOf: (request: FastifyRequest) => Viewer },
): void {
  const hub = createEventHub(fleet)
  const heartbeats = setInterval(() => hub.heartbeat(), HEARTBEAT_MS).unref()
  app.addHook('preClose', async () => {
    clearInterval(heartbeats)
    hub[Symbol.dispose]()
  })
  // A HEAD would be answered by a stream that nobody reads.
  app.get('/api/v1/events', { exposeHeadRoute: false }, async (request, reply) => {
    const viewer = viewerOf(request)
    const lastId = request.headers['last-event-id']
    const stream = hub.listen({
      viewer,
      who: viewer.name === '' ? request.ip : viewer.name,
      ...(typeof lastId === 'string' && { lastId }),
    })
    if (stream === undefined)
      return fail(reply.header('retry-after', '30'), 503, 'Too many listen already: close some, or come again later.')
    return (
      reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-cache, no-transform')
        // nginx would hold back what is told until it has a page of it.
        .header('x-accel-buffering', 'no')
        .send(stream)
    )
  })
}
