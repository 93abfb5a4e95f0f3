import { isDeepStrictEqual } from 'node:util'
import {
  type ControllerReport,
  type Ending,
  EPISODE_LIMITS,
  type Episode,
  type EpisodeField,
  type EpisodeObject,
} from '../model/journal/episode.ts'
import type { SightedObject, Sighting } from '../model/journal/journal.ts'
import { objectKeyText } from '../model/object.ts'
import type { Cause } from '../model/verdicts/cause.ts'

/**
 * The episode of an app after it was seen once more: none while it is in sync, and one with `ended` when this is its end. Pure; takes time
 * and gives an episode by the number of objects that are kept (`EPISODE_LIMITS`), not by that of the app. To see the same again changes
 * nothing, so that a sighting which is told twice counts once. What is begun keeps its begin, whatever is seen later.
 * @param open what lasts; undefined while nothing does
 */
export function advanceEpisode(open: Episode | undefined, sighting: Sighting): Episode | undefined {
  const { status, at, objects } = sighting
  const drifts = status === 'OutOfSync' || objects.length > 0
  if (open === undefined) return drifts && status !== 'gone' ? beginEpisode(sighting) : undefined
  if (status === 'gone') return endEpisode(open, sighting, 'app-gone')
  // What cannot be judged neither goes on nor ends.
  if (status === 'Unknown' && !drifts) return withWord(open, sighting)
  if (!drifts) return endEpisode(open, sighting, 'unseen')
  const cause = combine(open.cause, sighting.cause)
  const seen = seeObjects(endObjects(open.objects, sighting, undefined), sighting, at)
  return withWord(
    {
      ...open,
      objects: seen.objects,
      objectsOmitted: Math.max(open.objectsOmitted, sighting.objectsOmitted + seen.omitted),
      ...(cause !== undefined && { cause }),
    },
    sighting,
  )
}

function beginEpisode(sighting: Sighting): Episode {
  const { app, at, cause, commits } = sighting
  const { objects, omitted } = seeObjects([], sighting, at)
  const began = Math.min(at, ...objects.map((object) => object.began))
  const episode: Episode = {
    app,
    began,
    beganBy: objects.some((object) => object.began === began && object.beganBy === 'field') ? 'field' : 'seen',
    seen: at,
    objects,
    objectsOmitted: sighting.objectsOmitted + omitted,
    commits: { begin: commits },
    controller: [],
    ...(cause !== undefined && { cause }),
  }
  return withWord(episode, sighting)
}

/** How it ended is how its last objects did: what a person did counts before what a controller does by itself. */
function endEpisode(open: Episode, sighting: Sighting, otherwise: Ending): Episode {
  const { at, commits } = sighting
  const objects = endObjects(open.objects, sighting, otherwise)
  const last = new Set(objects.filter(({ ended }) => ended === at).map(({ endedBy }) => endedBy))
  const endedBy = otherwise === 'app-gone' ? 'app-gone' : (PRECEDENCE.find((ending) => last.has(ending)) ?? otherwise)
  return {
    ...withWord(open, sighting),
    objects,
    ended: at,
    endedBy,
    // It may have come and gone before it was known who had moved: then it is what is likely.
    cause: open.cause ?? causeOf(objects) ?? sighting.cause ?? 'live',
    commits: { ...open.commits, end: commits },
  }
}

const PRECEDENCE: readonly Ending[] = ['app-gone', 'committed', 'reverted', 'healed', 'ignored', 'unseen']

function endObjects(
  objects: readonly EpisodeObject[],
  { ended, at }: Sighting,
  otherwise: Ending | undefined,
): readonly EpisodeObject[] {
  return objects.map((object) => {
    if (object.ended !== undefined) return object
    const endedBy = otherwise === 'app-gone' ? otherwise : (ended[objectKeyText(object)] ?? otherwise)
    return endedBy === undefined ? object : { ...object, ended: at, endedBy }
  })
}

interface SeenObjects {
  readonly objects: readonly EpisodeObject[]
  /** How many could not be taken in. */
  readonly omitted: number
}

function seeObjects(known: readonly EpisodeObject[], { objects: seen }: Sighting, at: number): SeenObjects {
  const objects = [...known]
  const lasting = new Map(
    known.flatMap((object, at) => (object.ended === undefined ? [[objectKeyText(object), at]] : [])),
  )
  let omitted = 0
  for (const one of seen) {
    const index = lasting.get(objectKeyText(one.key))
    const before = index === undefined ? undefined : objects[index]
    if (index !== undefined && before !== undefined) objects[index] = seeAgain(before, one, at)
    else if (objects.length < EPISODE_LIMITS.entries) objects.push(seeFirst(one, at))
    else omitted += 1
  }
  return { objects, omitted }
}

function seeFirst({ key, began, fields, ...seen }: SightedObject, at: number): EpisodeObject {
  const { group, kind, namespace, name } = key
  const own = began !== undefined && began <= at ? began : undefined
  return {
    group,
    kind,
    namespace,
    name,
    ...seen,
    fields: mergeFields([], fields, at),
    began: own ?? at,
    beganBy: own === undefined ? 'seen' : 'field',
    seen: at,
  }
}

function seeAgain(
  before: EpisodeObject,
  { state, cause, fields, fieldsOmitted, marks }: SightedObject,
  at: number,
): EpisodeObject {
  const combined = combine(before.cause, cause)
  return {
    ...before,
    state,
    marks,
    fields: mergeFields(before.fields, fields, at),
    ...(combined !== undefined && { cause: combined }),
    ...(fieldsOmitted !== undefined && { fieldsOmitted }),
  }
}

/** A field that is back already was part of the episode all the same. */
function mergeFields(
  before: readonly EpisodeField[],
  now: readonly EpisodeField[],
  at: number,
): readonly EpisodeField[] {
  const known = new Map(before.map((field) => [field.path, field]))
  const seen = now.map((field) => withSeen(field, known.get(field.path), at))
  const paths = new Set(now.map(({ path }) => path))
  return [...seen, ...before.filter(({ path }) => !paths.has(path))].slice(0, EPISODE_LIMITS.fieldsPerObject)
}

/** What was written by way of a subresource, as `kubectl scale` does, has a writer in managedFields and no time: then it is when it was seen. */
function withSeen(field: EpisodeField, before: EpisodeField | undefined, at: number): EpisodeField {
  if (field.actor === undefined || field.actor.time !== undefined) return field
  const isSame =
    before !== undefined &&
    before.actor?.manager === field.actor.manager &&
    isDeepStrictEqual([before.class, before.live], [field.class, field.live])
  return { ...field, seen: isSame ? (before.seen ?? at) : at }
}

function withWord(episode: Episode, { controller, at }: Sighting): Episode {
  if (controller === undefined) return episode
  const last = episode.controller.at(-1)
  if (last !== undefined && sameWord(last, controller)) return episode
  return { ...episode, controller: [...episode.controller, { at, ...controller }].slice(-EPISODE_LIMITS.words) }
}

function sameWord(one: ControllerReport, other: Omit<ControllerReport, 'at'>): boolean {
  return one.status === other.status && one.suspended === other.suspended && one.phase === other.phase
}

function causeOf(objects: readonly EpisodeObject[]): Cause | undefined {
  return objects.reduce<Cause | undefined>((cause, object) => combine(cause, object.cause), undefined)
}

function combine(one: Cause | undefined, other: Cause | undefined): Cause | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one === other ? one : 'both'
}
