import type { Static } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'
import { CONTROLLERS } from '../identity.ts'
import type { Json } from '../json.ts'
import { CAUSES } from '../verdicts/cause.ts'
import { DIFFERENCE_CLASSES, OBJECT_STATES } from '../verdicts/difference.ts'
import { WriterSchema } from './audit.ts'

/**
 * How drift ended. `healed`: the controller put the cluster back, or applied what Git said. `reverted`: somebody else did. `committed`: Git
 * took over what was live. `ignored`: rules changed, so that it does not count any more. `app-gone`: the app is not there any more.
 * `unseen`: it ended while nobody could see how.
 */
export const ENDINGS = ['healed', 'reverted', 'committed', 'ignored', 'app-gone', 'unseen'] as const
export type Ending = (typeof ENDINGS)[number]

const literals = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description },
    ),
  )
const readonlyArray = <T extends ReturnType<typeof Type.Object>>(item: T, description: string) =>
  Type.Unsafe<readonly Static<T>[]>(Type.Array(item, { description }))

const Text = Type.String()
const time = (description: string) => Type.Number({ description: `${description}, Unix seconds.` })
const value = (description: string) => Type.Optional(Type.Unsafe<Json>(Type.Unknown({ description })))

export const EndingSchema = literals(ENDINGS, 'How it ended.')
export const CauseSchema = literals(CAUSES, 'Which side moved.')
/** `field`: managedFields name the time. `seen`: when the exporter saw it. */
export const BeganBySchema = literals(['field', 'seen'], 'Whether the time is the field’s own, or when it was seen.')

/** Who wrote a live value, by managedFields. */
export const ActorSchema = Type.Object({
  manager: Type.String({ description: 'The field manager: a program.' }),
  operation: literals(['Apply', 'Update'], 'How it wrote.'),
  subresource: Type.Optional(Text),
  time: Type.Optional(Type.String({ description: 'RFC 3339.' })),
  user: Type.Optional(Type.String({ description: 'From audit events, where there are any.' })),
})

export const FieldSchema = Type.Object({
  path: Type.String({ description: 'JSON pointer.' }),
  class: literals(DIFFERENCE_CLASSES, 'How it differs.'),
  desired: value('What Git declares; absent where it declares nothing, or where it is not shown.'),
  live: value('What the cluster had; absent where it had nothing, or where it is not shown.'),
  redacted: Type.Optional(Type.Literal(true, { description: 'The values are secret, and are not kept.' })),
  withheld: Type.Optional(Type.Literal(true, { description: 'The live value is not shown to this app.' })),
  omitted: Type.Optional(Type.Literal(true, { description: 'The values are too large to be kept.' })),
  actor: Type.Optional(ActorSchema),
  seen: Type.Optional(time('When it was first seen to be like this, where managedFields name a writer but no time')),
})
export type EpisodeField = Static<typeof FieldSchema>

/** One object that drifted, once: an object that drifts again in the same episode is there again. */
export const EpisodeObjectSchema = Type.Object({
  group: Text,
  kind: Text,
  resource: Type.Optional(Type.String({ description: 'The plural name of the kind in URLs.' })),
  namespace: Text,
  name: Text,
  state: literals(OBJECT_STATES, 'The state of the object, when it was last seen to drift.'),
  cause: Type.Optional(CauseSchema),
  began: time('When it began'),
  beganBy: BeganBySchema,
  seen: time('When it was first seen'),
  ended: Type.Optional(time('When it ended')),
  endedBy: Type.Optional(EndingSchema),
  fields: readonlyArray(FieldSchema, 'What differed, as it was seen last.'),
  fieldsOmitted: Type.Optional(Type.Integer({ description: 'Fields beyond those that are kept.' })),
  writers: Type.Optional(
    readonlyArray(WriterSchema, 'Who may have changed it, by audit events: several where more than one may be it.'),
  ),
  marks: Type.Object({ declared: Text, live: Text }, { description: 'Hashes of what was declared and live.' }),
})
export type EpisodeObject = Static<typeof EpisodeObjectSchema>

export const EpisodeCommitSchema = Type.Object({
  repository: Text,
  path: Text,
  commit: Text,
  time: time('Committer time'),
  subject: Type.Optional(Text),
  author: Type.Optional(Text),
})
export type EpisodeCommit = Static<typeof EpisodeCommitSchema>

/** What the controller itself said, from some time on. */
export const ControllerReportSchema = Type.Object({
  at: time('Since when'),
  status: literals(['Synced', 'OutOfSync', 'Unknown'], 'The status by the controller.'),
  suspended: Type.Boolean(),
  phase: Type.Optional(Type.String({ description: 'Of its last operation.' })),
})
export type ControllerReport = Static<typeof ControllerReportSchema>

/** A time in which the app could not be observed. */
export const GapSchema = Type.Object({
  began: time('From'),
  ended: Type.Optional(time('To; absent while it lasts')),
  reason: Type.String({ description: 'A code of docs/errors.md, or `not-running`.' }),
})
export type Gap = Static<typeof GapSchema>

export const EpisodeAppSchema = Type.Object({
  id: Text,
  controller: literals(CONTROLLERS, 'What declares the app.'),
  kind: Text,
  declaredIn: Text,
  namespace: Text,
  name: Text,
  destination: Text,
  project: Text,
})
export type EpisodeApp = Static<typeof EpisodeAppSchema>

/** One time in which an app was out of sync, from its first drifted object to the end of its last one. */
export const EpisodeSchema = Type.Object({
  app: EpisodeAppSchema,
  began: time('When it began'),
  beganBy: BeganBySchema,
  seen: time('When it was first seen: what `gitops_app_out_of_sync_since_timestamp_seconds` says'),
  ended: Type.Optional(time('When it ended; absent while it lasts')),
  endedBy: Type.Optional(EndingSchema),
  cause: Type.Optional(CauseSchema),
  objects: readonlyArray(EpisodeObjectSchema, 'What drifted.'),
  objectsOmitted: Type.Integer({ description: 'Drifted objects beyond those that are kept.' }),
  commits: Type.Object({
    begin: readonlyArray(EpisodeCommitSchema, 'What Git said when it began.'),
    end: Type.Optional(readonlyArray(EpisodeCommitSchema, 'What Git said when it ended.')),
  }),
  audited: Type.Optional(Type.Literal(true, { description: 'Audit events of its cluster were there to name people.' })),
  controller: readonlyArray(ControllerReportSchema, 'What the controller said meanwhile.'),
})
export type Episode = Static<typeof EpisodeSchema>

/** An episode, and the times meanwhile in which nobody could look. */
export type WatchedEpisode = Episode & { readonly gaps: readonly Gap[] }

/** What an episode holds at most, so that memory and file are flat per app, whatever an app does. */
export const EPISODE_LIMITS = {
  /** Seen to drift at one time. */
  objects: 50,
  /** Entries over the whole episode: an object that flaps has several. */
  entries: 100,
  fieldsPerObject: 20,
  /** Of one value, as JSON text. */
  valueBytes: 2048,
  /** Of all values of one sighting. */
  sightingBytes: 65_536,
  words: 50,
} as const
