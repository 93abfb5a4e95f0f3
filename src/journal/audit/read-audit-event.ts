import * as Type from '@sinclair/typebox'
import * as Value from '@sinclair/typebox/value'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import type { AuditWrite } from '../../model/journal/audit.ts'

const Text = Type.String()
const User = Type.Object({ username: Type.Optional(Text), groups: Type.Optional(Type.Array(Text)) })

/**
 * What is read of an event of `audit.k8s.io/v1`, at level Metadata
 * (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/). Of a body it is the resourceVersion, and nothing else.
 */
const Event = Type.Object({
  stage: Text,
  verb: Text,
  requestURI: Type.Optional(Text),
  user: User,
  impersonatedUser: Type.Optional(User),
  sourceIPs: Type.Optional(Type.Array(Text)),
  userAgent: Type.Optional(Text),
  objectRef: Type.Object({
    resource: Text,
    namespace: Type.Optional(Text),
    name: Type.Optional(Text),
    apiGroup: Type.Optional(Text),
    subresource: Type.Optional(Text),
    resourceVersion: Type.Optional(Text),
  }),
  responseStatus: Type.Optional(Type.Object({ code: Type.Optional(Type.Integer()) })),
  requestReceivedTimestamp: Text,
  stageTimestamp: Text,
})

/** The body of an answer, where it is that of an object. */
const Answer = Type.Object({ responseObject: Type.Object({ metadata: Type.Object({ resourceVersion: Text }) }) })

const EventList = Type.Object({ items: Type.Array(Type.Unknown(), { maxItems: 10_000 }) })

const UPDATES = ['update', 'patch']
const WRITES = ['create', ...UPDATES, 'delete', 'deletecollection']
const DRY_RUN = /[?&]dryRun=[^&]/
const LIMITS = { text: 500, groups: 50, addresses: 10 }

/** The write that an event tells of; undefined for one that wrote nothing, was refused, or is none. */
export function readAuditEvent(event: unknown): AuditWrite | undefined {
  if (!Value.Check(Event, event) || event.stage !== 'ResponseComplete' || !WRITES.includes(event.verb)) return undefined
  const { objectRef, user, impersonatedUser, responseStatus, verb, requestURI = '' } = event
  // A dry run is answered like a write.
  if (DRY_RUN.test(requestURI)) return undefined
  const code = responseStatus?.code ?? 200
  const time = Date.parse(event.requestReceivedTimestamp) / 1000
  const answered = Date.parse(event.stageTimestamp) / 1000
  if (code < 200 || code > 299 || Number.isNaN(time) || Number.isNaN(answered)) return undefined
  const { resource, namespace = '', apiGroup = '', subresource = '' } = objectRef
  const name = verb === 'deletecollection' ? '' : objectRef.name
  // An object whose name the server makes is named by bodies alone.
  if (name === undefined || (name === '' && verb !== 'deletecollection')) return undefined
  const version = Value.Check(Answer, event) ? event.responseObject.metadata.resourceVersion : undefined
  // An update that changes nothing leaves the version as it was.
  if (version !== undefined && version === objectRef.resourceVersion && UPDATES.includes(verb)) return undefined
  const as = impersonatedUser ?? user
  return {
    object: `${apiGroup}/${resource}/${namespace}/${name}`,
    subresource,
    answered,
    ...(version !== undefined && { version: short(version) }),
    writer: {
      user: short(as.username ?? ''),
      groups: (as.groups ?? []).slice(0, LIMITS.groups).map(short),
      ...(impersonatedUser !== undefined && { impersonator: short(user.username ?? '') }),
      sourceIPs: (event.sourceIPs ?? []).slice(0, LIMITS.addresses).map(short),
      userAgent: short(event.userAgent ?? ''),
      verb,
      time,
    },
  }
}

function short(text: string): string {
  return text.slice(0, LIMITS.text)
}

/** A batch of a webhook: an EventList. @returns undefined for what is none */
export function readAuditBatch(body: unknown): readonly AuditWrite[] | undefined {
  if (!Value.Check(EventList, body)) return undefined
  return body.items.flatMap((item) => readAuditEvent(item) ?? [])
}

/** A line of an audit log: one event as JSON. */
export function readAuditLine(line: string): AuditWrite | undefined {
  try {
    return readAuditEvent(parseJson(line))
  } catch {
    // A line that a rotation cut in two, or one of a tool that writes to the same file.
    return undefined
  }
}
