import type { Static, TProperties, TSchema } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'
import { CONTROLLERS } from '../../model/identity.ts'
import { ENDINGS, EpisodeObjectSchema, EpisodeSchema, GapSchema } from '../../model/journal/episode.ts'
import { CAUSES } from '../../model/verdicts/cause.ts'
import { DIFFERENCE_CLASSES, OBJECT_STATES } from '../../model/verdicts/difference.ts'
import { SYNC_STATUSES } from '../../model/verdicts/verdict.ts'
import { INCIDENT_KINDS } from '../../presentation/incidents.ts'

const strict = <P extends TProperties>(properties: P, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description !== undefined && { description }) })
const literals = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description },
    ),
  )
const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

const Text = Type.String()
const Count = Type.Integer({ minimum: 0 })
/** Not by a pattern of names, of which generators of clients make nothing. */
const Labels = Type.Unsafe<Record<string, string>>(Type.Object({}, { additionalProperties: Text }))
const Time = Type.Number({ description: 'Unix seconds.' })
const Code = Type.String({ description: 'A code of docs/errors.md.' })
const Line = orNull(Type.Integer())

const Warning = Type.Object({ code: Code, message: Text }, { additionalProperties: true })

const appProperties = {
  id: Type.String({ description: 'Names the app in URLs.' }),
  identity: strict({
    controller: literals(CONTROLLERS, 'What declares the app.'),
    kind: Text,
    declaredIn: Type.String({ description: 'The cluster whose API declares it; empty for the config file.' }),
    namespace: Text,
    name: Text,
    destination: Type.String({ description: 'The cluster that it is for; empty while that is not known.' }),
  }),
  labels: Labels,
  project: Text,
  status: literals(SYNC_STATUSES, 'Whether the cluster has what Git says.'),
  cause: orNull(literals(CAUSES, 'Which side moved, of OutOfSync.')),
  reason: orNull(Type.String({ description: 'Of Unknown: a code of docs/errors.md.' })),
  message: orNull(Text),
  file: orNull(Text),
  line: Line,
  column: Line,
  since: orNull(Time),
  revisions: Type.Array(
    strict({
      repository: Text,
      path: Text,
      targetRevision: Text,
      commit: Text,
      commitTime: Time,
      subject: orNull(Type.String({ description: 'What the message of the commit begins with; null for an archive.' })),
    }),
    { description: 'What the sources were resolved to.' },
  ),
  controller: orNull(
    strict(
      {
        status: literals(SYNC_STATUSES, 'The status by the controller.'),
        applied: Type.Array(Text),
        suspended: Type.Boolean(),
        health: orNull(Text),
        lastOperation: orNull(strict({ phase: Text, message: Text, finishedAt: orNull(Text) })),
        disagrees: Type.Boolean(),
        disagreement: orNull(Text),
      },
      'What the controller itself says.',
    ),
  ),
  objectCounts: strict(Object.fromEntries(OBJECT_STATES.map((state) => [state, Count]))),
  findings: Type.Array(Warning, { description: 'What a person should know, though it changes no status.' }),
}

const Difference = strict({
  path: Type.String({ description: 'JSON pointer.' }),
  class: literals(DIFFERENCE_CLASSES, 'How it differs.'),
  effect: literals(['drift', 'report'], 'Only drift makes an app OutOfSync.'),
  desired: Type.Optional(Type.Unknown({ description: 'Absent where Git declares nothing, or where it is not shown.' })),
  live: Type.Optional(Type.Unknown({ description: 'Absent where the cluster has nothing, or where it is not shown.' })),
  redacted: Type.Optional(Type.Literal(true, { description: 'The values are not shown to anybody.' })),
  sealed: Type.Optional(Type.Literal(true, { description: 'The former name of `redacted`.' })),
  withheld: Type.Optional(Type.String({ description: 'Why the values are not shown.' })),
  actor: Type.Optional(
    strict({
      manager: Text,
      operation: literals(['Apply', 'Update'], 'How it wrote.'),
      subresource: Type.Optional(Text),
      time: Type.Optional(Text),
      user: Type.Optional(Text),
    }),
  ),
  reason: Type.Optional(Type.String({ description: 'Why no actor is named.' })),
})

const AppObject = strict({
  group: Text,
  kind: Text,
  namespace: Text,
  name: Text,
  state: literals(OBJECT_STATES, 'What was found.'),
  effect: Type.Optional(Type.Literal('report')),
  differences: Type.Array(Difference),
  reason: Type.Optional(Code),
  message: Type.Optional(Text),
  invalidFields: Type.Optional(Type.Array(Text)),
  ownershipUnknown: Type.Optional(Type.Literal(true)),
})

export const AppRow = strict(appProperties, 'An app and its verdict, without its objects.')
export const AppDetail = strict(
  {
    ...appProperties,
    objects: Type.Array(AppObject),
    objectsComplete: Type.Boolean({ description: 'False where only the objects that need attention could be had.' }),
    valuesShown: Type.Boolean({
      description: 'Values are shown to this machine alone: on a loopback listener, by its name.',
    }),
  },
  'An app with its objects and differences.',
)

const unhealthy = { up: Type.Boolean(), lastContact: orNull(Time), reason: orNull(Code), message: orNull(Text) }
export const Clusters = strict({
  clusters: Type.Array(strict({ name: Text, labels: Labels, kubeVersion: orNull(Text), ...unhealthy })),
})
export const Repositories = strict({ repositories: Type.Array(strict({ url: Text, ...unhealthy })) })
export const Problems = strict({
  problems: Type.Array(strict({ subject: Text, reason: Code, message: Text, file: orNull(Text), line: Line })),
})

export const Shards = strict({
  index: Type.Integer({ minimum: 0, description: 'The shard that answers: apps of other clusters are at others.' }),
  count: Type.Integer({ minimum: 1, description: 'How many there are; 1 where one process has all.' }),
  shards: Type.Array(
    strict({
      index: Count,
      url: orNull(Type.String({ description: 'Where its pages and API are, if the config says it.' })),
    }),
  ),
})

/** Columns by which apps are sorted; the first where none is asked for. */
export const SORTS = [
  'name',
  'status',
  'cause',
  'reason',
  'cluster',
  'project',
  'controller',
  'kind',
  'namespace',
  'declaredIn',
  'health',
  'since',
] as const
/** The name and the id are always there. */
export const FIELDS = Object.keys(appProperties)

const filter = (description: string) => Type.Optional(Type.String({ description, maxLength: 500 }))
const label = (description: string) =>
  Type.Optional(Type.Array(Type.String({ pattern: '^[^=]+=[^=]*$', maxLength: 500 }), { description, maxItems: 20 }))

export const AppsQuery = strict({
  status: Type.Optional(literals(SYNC_STATUSES, 'Apps of this status.')),
  cause: Type.Optional(literals(CAUSES, 'Apps that are out of sync for this cause.')),
  reason: filter('Apps that are Unknown for this reason: a code of docs/errors.md.'),
  controller: Type.Optional(literals(CONTROLLERS, 'Apps of this controller.')),
  kind: filter('Apps that are declared by a resource of this kind, such as `Kustomization`.'),
  name: filter('Apps of this name.'),
  namespace: filter('Apps that are declared in this namespace.'),
  declaredIn: filter('Apps that this cluster declares.'),
  cluster: filter('Apps that are for this cluster.'),
  project: filter('Apps of this project.'),
  health: filter('Apps whose controller says this of their health.'),
  suspended: Type.Optional(Type.Boolean({ description: 'Whether the controller does not sync them.' })),
  disagrees: Type.Optional(Type.Boolean({ description: 'Whether the controller says something else for longer.' })),
  repository: filter('Apps with a source of this URL, as /repositories has it.'),
  incident: filter('Apps that this incident explains: an id of /incidents.'),
  label: label('Apps with this label, `key=value`; several must all be there.'),
  clusterLabel: label('Apps whose cluster has this label, `key=value`.'),
  sort: Type.Optional(
    literals([...SORTS, ...SORTS.map((sort) => `-${sort}` as const)], 'The order; with `-` the other way round.'),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Apps of one answer; 100 by default.' })),
  cursor: Type.Optional(Type.String({ maxLength: 4000, description: '`next` of the answer before.' })),
  fields: Type.Optional(
    Type.String({
      maxLength: 500,
      description: 'Keys of apps, with commas between them; all by default. `id` is always there.',
    }),
  ),
})
export type AppsQuery = Static<typeof AppsQuery>

export const Apps = strict({
  apps: Type.Array(strict({ ...Type.Partial(AppRow).properties, id: appProperties.id })),
  total: Type.Integer({ minimum: 0, description: 'Apps that match, on all pages.' }),
  next: orNull(Type.String({ description: 'The cursor of the next page; null on the last.' })),
})

export const Incidents = strict({
  incidents: Type.Array(
    strict(
      {
        id: Type.String({ description: 'The same while it lasts.' }),
        kind: literals(INCIDENT_KINDS, 'What is wrong.'),
        subject: Text,
        what: Type.String({ description: 'What happened.' }),
        since: orNull(Time),
        reason: orNull(Code),
        message: orNull(Text),
        file: orNull(Text),
        line: Line,
        appCount: Type.Integer({ minimum: 0, description: 'How many apps it explains.' }),
        apps: Type.Array(Text, { description: 'The ids of the first hundred; `/apps?incident=` has all.' }),
      },
      'One cause, and the apps that it explains.',
    ),
  ),
})

const { marks: _marks, ...episodeObject } = EpisodeObjectSchema.properties
export const Episodes = strict({
  episodes: Type.Array(
    strict(
      {
        ...EpisodeSchema.properties,
        objects: Type.Array(strict(episodeObject), { description: 'What drifted.' }),
        gaps: Type.Array(GapSchema, { description: 'When nobody could look.' }),
      },
      'One time in which an app was out of sync. Values are absent where they are not shown to who asks.',
    ),
    { description: 'The newest first.' },
  ),
  next: orNull(Type.String({ description: 'The cursor of the next page; null on the last.' })),
})
export const EpisodesQuery = strict({
  app: filter('Those of this app: its id.'),
  name: filter('Those of apps of this name.'),
  cluster: filter('Those of apps that are for this cluster.'),
  project: filter('Those of apps of this project.'),
  actor: filter('Those in which this field manager or user wrote.'),
  cause: Type.Optional(literals(CAUSES, 'Those of this cause.')),
  endedBy: Type.Optional(literals(ENDINGS, 'Those that ended so.')),
  state: Type.Optional(literals(['lasting', 'ended'], 'Whether they last.')),
  since: Type.Optional(Type.Number({ description: 'Those that lasted then or later, Unix seconds.' })),
  until: Type.Optional(Type.Number({ description: 'Those that began then or before, Unix seconds.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Of one answer; 100 by default.' })),
  cursor: Type.Optional(Type.String({ maxLength: 4000, description: '`next` of the answer before.' })),
})
export type EpisodesQuery = Static<typeof EpisodesQuery>

export const Failed = strict({ message: Text, code: Type.Optional(Code) }, 'Why there is no answer.')
