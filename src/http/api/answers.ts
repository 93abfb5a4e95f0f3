import { createHash } from 'node:crypto'
import type { TSchema } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { printJson } from '../../kubernetes/serialization/json.ts'
import type { ErrorCode } from '../../model/errors.ts'
import type { JsonObject } from '../../model/json.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

/** Answers 304 where the client has it already. */
export function send(request: FastifyRequest, reply: FastifyReply, value: JsonObject): FastifyReply {
  const body = printJson(value)
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  reply.header('etag', tag).header('cache-control', 'no-cache')
  const known = request.headers['if-none-match']?.split(',').map((text) => text.trim().replace(/^W\//, ''))
  if (known?.some((text) => text === tag || text === '*')) return reply.code(304).send()
  return reply.type(JSON_TYPE).send(body)
}

export function fail(reply: FastifyReply, status: number, message: string, code?: ErrorCode): FastifyReply {
  return reply
    .code(status)
    .type(JSON_TYPE)
    .send(printJson({ message, ...(code !== undefined && { code }) }))
}

/** What is wrong with a query, naming its parameter. */
export function queryProblem(schema: TSchema, query: unknown): string {
  const { path, message } = Errors(schema, query).First() ?? { path: '', message: 'it makes no sense' }
  return `${path.slice(1) || 'the query'}: ${message}; /api/v1/openapi.json has what is understood`
}
