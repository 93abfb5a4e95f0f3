import type { TObject, TSchema } from '@sinclair/typebox'
import type { Json, JsonObject } from '../../model/json.ts'
import {
  AppDetail,
  Apps,
  AppsQuery,
  Clusters,
  Episodes,
  EpisodesQuery,
  Failed,
  Incidents,
  Problems,
  Repositories,
  Shards,
} from './schema.ts'

interface Endpoint {
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly answer: TSchema
  readonly query?: TObject
  readonly id?: true
  /** It may be that it cannot be read now. */
  readonly fails?: true
}

const ENDPOINTS: readonly Endpoint[] = [
  { path: '/apps', operationId: 'listApps', summary: 'The apps, by page.', answer: Apps, query: AppsQuery },
  { path: '/apps/{id}', operationId: 'getApp', summary: 'One app with its objects.', answer: AppDetail, id: true },
  {
    path: '/incidents',
    operationId: 'listIncidents',
    summary: 'What is wrong with many apps at once.',
    answer: Incidents,
  },
  {
    path: '/episodes',
    operationId: 'listEpisodes',
    summary: 'What drifted, from the journal, by page.',
    answer: Episodes,
    query: EpisodesQuery,
    fails: true,
  },
  { path: '/clusters', operationId: 'listClusters', summary: 'The clusters.', answer: Clusters },
  { path: '/repositories', operationId: 'listRepositories', summary: 'The repositories.', answer: Repositories },
  { path: '/shards', operationId: 'listShards', summary: 'Which shard this is, and the others.', answer: Shards },
  { path: '/problems', operationId: 'listProblems', summary: 'What discovery could not use.', answer: Problems },
]

/** The description of the API, made of the schemas that its tests hold every answer to. https://spec.openapis.org/oas/v3.1.0 */
export function openApi(version: string): JsonObject {
  return {
    openapi: '3.1.0',
    info: { title: 'gitops-drift-exporter', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/api/v1' }],
    security: [],
    paths: {
      ...Object.fromEntries(ENDPOINTS.map((endpoint) => [endpoint.path, { get: operation(endpoint) }])),
      '/events': { get: EVENTS },
    },
  }
}

/** No schema of a JSON answer says what a stream is: docs/api.md does. */
const EVENTS: JsonObject = {
  operationId: 'listenToEvents',
  summary: 'What changes, as it changes: server-sent events.',
  parameters: [
    {
      name: 'Last-Event-ID',
      in: 'header',
      required: false,
      description: 'The id of the last event that was received: what came after it is told first.',
      schema: { type: 'string' },
    },
  ],
  responses: {
    200: {
      description: 'The events `ready`, `app`, `appGone`, `cluster`, `repository`, `problems` and `reload`.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    503: { description: 'Too many listen.', content: { 'application/json': { schema: plain(Failed) } } },
  },
}

function operation({ operationId, summary, answer, query, id, fails }: Endpoint): JsonObject {
  const parameters = [...(id === true ? [idParameter()] : []), ...(query === undefined ? [] : queryParameters(query))]
  const failures = [
    ...(query === undefined ? [] : ['400']),
    ...(id === true ? ['404'] : []),
    ...(fails === true ? ['503'] : []),
  ]
  return {
    operationId,
    summary,
    ...(parameters.length > 0 && { parameters }),
    responses: {
      200: {
        description: summary,
        headers: { ETag: { description: 'Changes with the answer.', schema: { type: 'string' } } },
        content: { 'application/json': { schema: plain(answer) } },
      },
      304: { description: 'The answer is as the If-None-Match of the request says.' },
      ...Object.fromEntries(
        failures.map((code) => [
          code,
          { description: 'There is no answer.', content: { 'application/json': { schema: plain(Failed) } } },
        ]),
      ),
    },
  }
}

function idParameter(): JsonObject {
  return { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
}

function queryParameters({ properties }: TObject): readonly JsonObject[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    description: schema.description ?? name,
    schema: plain(schema),
  }))
}

/** A schema is JSON but for symbols that TypeBox alone reads. */
function plain(schema: TSchema): Json {
  return JSON.parse(JSON.stringify(schema))
}
