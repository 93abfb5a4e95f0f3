import * as Value from '@sinclair/typebox/value'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CodedError, toFailure } from '../../model/failure.ts'
import type { AppReport, Fleet } from '../../model/fleet.ts'
import type { SearchJournal } from '../../model/journal/search.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Log } from '../../model/log.ts'
import { type ShownShard, shardUrl } from '../../model/shard.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import { findIncidents, type Incident } from '../../presentation/incidents.ts'
import { problemJson } from '../../presentation/json/problem-json.ts'
import type { Viewer } from '../access/viewer.ts'
import { visibleFleet } from '../access/visible-fleet.ts'
import { journalFailure } from '../episodes/journal-failure.ts'
import { statusOf } from '../listener.ts'
import type { RefusedConfig } from '../ports.ts'
import { fail, queryProblem, send } from './answers.ts'
import { appJson, clusterJson, incidentJson, repositoryJson } from './fleet-json.ts'
import { listApps } from './list-apps.ts'
import { listEpisodes } from './list-episodes.ts'
import { openApi } from './openapi.ts'
import { AppsQuery, EpisodesQuery } from './schema.ts'

export interface ApiOptions {
  readonly fleet: Fleet
  readonly version: string
  readonly log: Log
  /** All objects of an app, or those of its verdict where they cannot be had in time. */
  readonly loadObjects: (report: AppReport) => Promise<readonly ObjectVerdict[]>
  /** Which of several exporters this is. */
  readonly shard: ShownShard | undefined
  readonly episodes: SearchJournal
  readonly refusedConfig?: () => RefusedConfig | undefined
  readonly viewerOf: (request: FastifyRequest) => Viewer
}

/** How long a search in the journal may take. */
const SEARCH_MS = 10_000

/** `/api/v1`: what the pages show, for programs. Errors are JSON, too. */
export function addApi(app: FastifyInstance, options: ApiOptions): void {
  const description = openApi(options.version)
  const fleetFor = (request: FastifyRequest): Fleet => visibleFleet(options.fleet, options.viewerOf(request))

  function incidentsFor(request: FastifyRequest): readonly Incident[] {
    const { apps, clusters, repositories, sources } = fleetFor(request)
    const refusedConfig = options.viewerOf(request).seesEverything ? options.refusedConfig?.() : undefined
    return findIncidents({ apps, clusters, repositories, sources, ...(refusedConfig && { refusedConfig }) })
  }

  app.register(
    async (api) => {
      api.setNotFoundHandler((_request, reply) =>
        fail(reply, 404, 'There is no such resource; /api/v1/openapi.json has all.'),
      )
      api.setErrorHandler((error, request, reply) => answerError(error, request, reply, options.log))
      api.get('/openapi.json', async (request, reply) => send(request, reply, description))
      api.get('/apps', async (request, reply) => {
        const query = Value.Convert(AppsQuery, request.query)
        if (!Value.Check(AppsQuery, query)) return fail(reply, 400, queryProblem(AppsQuery, query))
        const incidents = query.incident === undefined ? [] : incidentsFor(request)
        const page = listApps(fleetFor(request), query, incidents)
        return 'problem' in page ? fail(reply, 400, page.problem) : send(request, reply, { ...page })
      })
      api.get<{ Params: { id: string } }>('/apps/:id', async (request, reply) => {
        const viewer = options.viewerOf(request)
        /** Looked up by untrusted text of the URL. */
        const byId: ReadonlyMap<string, AppReport> = options.fleet.apps
        const report = byId.get(request.params.id)
        if (report === undefined || !viewer.sees(report.summary))
          return fail(reply, 404, 'There is no such app, or not any more.')
        const objects = await options.loadObjects(report)
        return send(request, reply, appJson(report, objects, viewer.seesValues(report.summary)))
      })
      api.get('/episodes', async (request, reply) => {
        const query = Value.Convert(EpisodesQuery, request.query)
        if (!Value.Check(EpisodesQuery, query)) return fail(reply, 400, queryProblem(EpisodesQuery, query))
        const page = await listEpisodes(
          options.episodes,
          query,
          options.viewerOf(request),
          AbortSignal.timeout(SEARCH_MS),
        ).catch(journalFailure)
        if (page instanceof CodedError) return fail(reply, 503, page.failure.message, page.failure.code)
        return 'problem' in page ? fail(reply, 400, page.problem) : send(request, reply, { ...page })
      })
      api.get('/incidents', async (request, reply) =>
        send(request, reply, { incidents: incidentsFor(request).map(incidentJson) }),
      )
      api.get('/clusters', async (request, reply) =>
        send(request, reply, {
          clusters: [...fleetFor(request).clusters.values()].map(clusterJson).sort(byKey('name')),
        }),
      )
      api.get('/repositories', async (request, reply) =>
        send(request, reply, {
          repositories: [...fleetFor(request).repositories.values()].map(repositoryJson).sort(byKey('url')),
        }),
      )
      api.get('/shards', async (request, reply) => send(request, reply, shardsJson(options.shard)))
      api.get('/problems', async (request, reply) =>
        send(request, reply, { problems: fleetFor(request).problems.map(problemJson) }),
      )
    },
    { prefix: '/api/v1' },
  )
}

/** One process that has all is a shard of one. */
function shardsJson({ index, count, urlTemplate }: ShownShard = { index: 0, count: 1 }): JsonObject {
  const urls = Array.from({ length: count }, (_, one) => shardUrl(urlTemplate, one) ?? null)
  return { index, count, shards: urls.map((url, one) => ({ index: one, url })) }
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const code = statusOf(error)
  if (code < 500) return fail(reply, code, 'The request makes no sense.')
  log('error', 'a request failed', { ...toFailure(error), route: request.routeOptions.url ?? 'none' })
  return fail(reply, code, 'Something went wrong here.')
}

function byKey<Key extends string>(key: Key) {
  return (one: Readonly<Record<Key, string>>, other: Readonly<Record<Key, string>>): number =>
    one[key] < other[key] ? -1 : one[key] > other[key] ? 1 : 0
}
