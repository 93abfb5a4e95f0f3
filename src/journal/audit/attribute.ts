import type { AuditWrite, Writer } from '../../model/journal/audit.ts'
import type { Episode, EpisodeField, EpisodeObject } from '../../model/journal/episode.ts'
import type { RecentWrites } from './recent-writes.ts'

/** So long before an object was seen to be missing it may have been deleted: finalizers and a cluster that is not watched take time. */
const DELETED_BEFORE_SECONDS = 600
/** What is watched is seen within so many seconds, and the clocks of two machines differ by less than one. */
const SEEN_WITHIN_SECONDS = 10
const MOST_WRITERS = 10

/**
 * The episode with those who wrote what differs, by the audit events of its cluster: by object, verb, subresource and time. managedFields name
 * a second: what was received by its end and answered after its begin may be it. Several that may be it are all told; a field has a user
 * only where there is just one. Where managedFields name a writer and no time, as after `kubectl scale`, it was written shortly before it was
 * seen. What has no writer there (a field or an object that is gone) has those who removed it.
 */
export function attributeEpisode(episode: Episode, recent: RecentWrites): Episode {
  const { destination } = episode.app
  if (!recent.isAudited(destination)) return episode
  const objects = episode.objects.map((object) => attributeObject(object, (name) => recent.of(destination, name)))
  const isSame = episode.audited === true && objects.every((object, index) => object === episode.objects[index])
  return isSame ? episode : { ...episode, objects, audited: true }
}

function attributeObject(object: EpisodeObject, writesOf: (name: string) => readonly AuditWrite[]): EpisodeObject {
  const { group, resource, namespace, name } = object
  if (resource === undefined) return object
  const writes = withoutRepeats(writesOf(`${group}/${resource}/${namespace}/${name}`))
  if (writes.length === 0) return object
  const found = new Map<string, Writer>()
  const note = (candidates: readonly AuditWrite[]): void => {
    for (const { writer } of candidates) found.set(`${writer.time} ${writer.user} ${writer.verb}`, writer)
  }
  const fields = object.fields.map((field) => {
    const candidates = writes.filter((write) => mayHaveWritten(write, field))
    note(candidates)
    const [user, ...others] = new Set(candidates.map(({ writer }) => writer.user))
    if (field.actor === undefined || user === undefined || others.length > 0 || field.actor.user === user) return field
    return { ...field, actor: { ...field.actor, user } }
  })
  if (object.state === 'missing') note(writes.filter((write) => mayHaveDeleted(write, object)))
  for (const writer of object.writers ?? []) found.set(`${writer.time} ${writer.user} ${writer.verb}`, writer)
  const writers = [...found.values()].sort((one, other) => one.time - other.time).slice(0, MOST_WRITERS)
  const isSame =
    writers.length === (object.writers?.length ?? 0) && fields.every((field, index) => field === object.fields[index])
  return isSame ? object : { ...object, fields, ...(writers.length > 0 && { writers }) }
}

/** Without those that found the object as an earlier one had left it, and changed nothing. */
function withoutRepeats(writes: readonly AuditWrite[]): readonly AuditWrite[] {
  return writes.filter(
    ({ version, writer }) =>
      version === undefined || !writes.some((other) => other.version === version && other.answered < writer.time),
  )
}

const UPDATES = ['create', 'update', 'patch']

function mayHaveWritten({ writer, subresource, answered }: AuditWrite, { actor, seen }: EpisodeField): boolean {
  if (actor === undefined) return false
  const isVerb = actor.operation === 'Apply' ? writer.verb === 'patch' : UPDATES.includes(writer.verb)
  if (!isVerb || subresource !== (actor.subresource ?? '')) return false
  if (actor.time === undefined)
    return seen !== undefined && writer.time < seen + 1 && answered >= seen - SEEN_WITHIN_SECONDS
  const second = Date.parse(actor.time) / 1000
  return writer.time < second + 1 && answered >= second
}

function mayHaveDeleted({ writer, answered }: AuditWrite, { seen }: EpisodeObject): boolean {
  return writer.verb.startsWith('delete') && writer.time <= seen + 1 && answered >= seen - DELETED_BEFORE_SECONDS
}
