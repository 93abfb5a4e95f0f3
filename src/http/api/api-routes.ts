import { createHash } from 'node:crypto'
import { Value } from '@sinclair/typebox/value'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { printJson } from '../../kubernetes/serialization/json.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { AppReport, Fleet } from '../../model/fleet.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Log } from '../../model/log.ts'
import { type ShownShard, shardUrl } from '../../model/shard.ts'
import { withoutUserInfo } from '../../model/sources/repository-url.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import { objectJson } from '../../presentation/json/object-json.ts'
import { problemJson } from '../../presentation/json/problem-json.ts'
import { statusOf } from '../listener.ts'
import { appRowJson, listApps } from './list-apps.ts'
import { openApi } from './openapi.ts'
import { AppsQuery } from './schema.ts'

export interface ApiOptions {
  readonly fleet: Fleet
  readonly version: string
  readonly log: Log
  /** All objects of an app, or those of its verdict where they cannot be had in time. */
  readonly loadObjects: (report: AppReport) => Promise<readonly ObjectVerdict[]>
  /** Whether values of fields may be shown to who asks. */
  readonly showsValues: (request: FastifyRequest) => boolean
  /** Which of several exporters this is. */
  readonly shard: ShownShard | undefined
}

/** `/api/v1`: what the pages show, for programs. Errors are JSON, too. */
export function addApi(app: FastifyInstance, options: ApiOptions): void {
  const { fleet, version, log, loadObjects, showsValues, shard } = options
  /** Looked up by untrusted text of the URL. */
  const byId: ReadonlyMap<string, AppReport> = fleet.apps
  const description = openApi(version)

  app.register(
    async (api) => {
      api.setNotFoundHandler((_request, reply) =>
        fail(reply, 404, 'There is no such resource; /api/v1/openapi.json has all.'),
      )
      api.setErrorHandler((error, request, reply) => {
        const code = statusOf(error)
        if (code < 500) return fail(reply, code, 'The request makes no sense.')
        log('error', 'a request failed', { ...toFailure(error), route: request.routeOptions.url ?? 'none' })
        return fail(reply, code, 'Something went wrong here.')
      })

      api.get('/openapi.json', async (request, reply) => send(request, reply, description))
      api.get('/apps', async (request, reply) => {
        const query = Value.Convert(AppsQuery, request.query)
        if (!Value.Check(AppsQuery, query)) return fail(reply, 400, queryProblem(query))
        const page = listApps(fleet, query)
        return 'problem' in page ? fail(reply, 400, page.problem) : send(request, reply, { ...page })
      })
      api.get<{ Params: { id: string } }>('/apps/:id', async (request, reply) => {
        const report = byId.get(request.params.id)
        if (report === undefined) return fail(reply, 404, 'There is no such app, or not any more.')
        const objects = await loadObjects(report)
        return send(request, reply, appJson(report, objects, showsValues(request)))
      })
      api.get('/clusters', async (request, reply) =>
        send(request, reply, { clusters: [...fleet.clusters.values()].map(clusterJson).sort(byName('name')) }),
      )
      api.get('/repositories', async (request, reply) =>
        send(request, reply, {
          repositories: [...fleet.repositories.values()].map(repositoryJson).sort(byName('url')),
        }),
      )
      api.get('/shards', async (request, reply) => send(request, reply, shardsJson(shard)))
      api.get('/problems', async (request, reply) =>
        send(request, reply, { problems: fleet.problems.map(problemJson) }),
      )
    },
    { prefix: '/api/v1' },
  )
}

function appJson(report: AppReport, objects: readonly ObjectVerdict[], valuesShown: boolean): JsonObject {
  return {
    ...appRowJson(report),
    objects: objects.map((object) => objectJson(valuesShown ? object : withoutValues(object))),
    objectsComplete: objects !== report.verdict.objects,
    valuesShown,
  }
}

/** One process that has all is a shard of one. */
function shardsJson({ index, count, urlTemplate }: ShownShard = { index: 0, count: 1 }): JsonObject {
  const urls = Array.from({ length: count }, (_, one) => shardUrl(urlTemplate, one) ?? null)
  return { index, count, shards: urls.map((url, one) => ({ index: one, url })) }
}

function withoutValues(object: ObjectVerdict): ObjectVerdict {
  return {
    ...object,
    differences: object.differences.map(({ desired: _desired, live: _live, ...difference }) => difference),
  }
}

function clusterJson({ labels, status }: Fleet['clusters'] extends ReadonlyMap<string, infer Report> ? Report : never) {
  return { name: status.name, labels: { ...labels }, kubeVersion: status.kubeVersion ?? null, ...contactJson(status) }
}

function repositoryJson(status: Fleet['repositories'] extends ReadonlyMap<string, infer Status> ? Status : never) {
  return { url: withoutUserInfo(status.url), ...contactJson(status) }
}

function contactJson({
  up,
  lastContact,
  failure,
}: {
  readonly up: boolean
  readonly lastContact?: number
  readonly failure?: Failure
}) {
  return {
    up,
    lastContact: lastContact ?? null,
    reason: failure?.code ?? null,
    message: failure?.message ?? null,
  }
}

function byName<Key extends string>(key: Key) {
  return (one: Readonly<Record<Key, string>>, other: Readonly<Record<Key, string>>): number =>
    one[key] < other[key] ? -1 : one[key] > other[key] ? 1 : 0
}

/** What is wrong with a query, naming its parameter. */
function queryProblem(query: unknown): string {
  const { path, message } = Value.Errors(AppsQuery, query).First() ?? { path: '', message: 'it makes no sense' }
  return `${path.slice(1) || 'the query'}: ${message}; /api/v1/openapi.json has what is understood`
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** Answers 304 where the client has it already. */
function send(request: FastifyRequest, reply: FastifyReply, value: JsonObject): FastifyReply {
  const body = printJson(value)
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  reply.header('etag', tag).header('cache-control', 'no-cache')
  const known = request.headers['if-none-match']?.split(',').map((text) => text.trim().replace(/^W\//, ''))
  if (known?.some((text) => text === tag || text === '*')) return reply.code(304).send()
  return reply.type(JSON_TYPE).send(body)
}

function fail(reply: FastifyReply, code: number, message: string): FastifyReply {
  return reply.code(code).type(JSON_TYPE).send(printJson({ message }))
}
