import type { FastifyReply, FastifyRequest } from 'fastify'
import { printJson } from '../../kubernetes/serialization/json.ts'

/** Why nothing is answered: for programs as the API says errors, else as text. */
export function refuse(request: FastifyRequest, reply: FastifyReply, code: number, message: string): FastifyReply {
  reply.code(code).header('cache-control', 'no-store')
  return request.url.startsWith('/api/')
    ? reply.type('application/json; charset=utf-8').send(printJson({ message }))
    : reply.type('text/plain; charset=utf-8').send(`${message}\n`)
}
