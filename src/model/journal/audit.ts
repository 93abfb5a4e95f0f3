import type { Static } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'

const Text = Type.String()

/** Who a request of an API server was made by, as its audit log says. */
export const WriterSchema = Type.Object({
  user: Type.String({ description: 'Who the request was made as: the impersonated user, where there is one.' }),
  groups: Type.Array(Text),
  impersonator: Type.Optional(Type.String({ description: 'Who was authenticated, where the user was impersonated.' })),
  sourceIPs: Type.Array(Text),
  userAgent: Text,
  verb: Text,
  time: Type.Number({ description: 'When the request came, Unix seconds.' }),
})
export type Writer = Static<typeof WriterSchema>

/** A write that an API server did, without any body. */
export interface AuditWrite {
  /** `group/resource/namespace/name`; the name is '' where a whole collection was deleted. */
  readonly object: string
  /** '' for the object itself. */
  readonly subresource: string
  /** When it was answered, Unix seconds. */
  readonly answered: number
  /** The resourceVersion that the object had then, where the policy gives bodies. */
  readonly version?: string
  readonly writer: Writer
}

/** A cluster whose API server tells who does what, by at least one of the two. */
export interface AuditSource {
  readonly cluster: string
  /** Absolute path of the log that the API server writes. */
  readonly logFile?: string
  /** Absolute path of a file with the token that its webhook sends. */
  readonly tokenFile?: string
}

export interface AuditBatch {
  readonly cluster: string
  readonly writes: readonly AuditWrite[]
}
