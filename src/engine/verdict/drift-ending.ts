import { createHash } from 'node:crypto'
import type { Ending } from '../../model/journal/episode.ts'
import type { ObjectMarks } from '../../model/journal/journal.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { matchesName } from '../../text/star-pattern.ts'
import type { AppState } from '../app-state.ts'
import type { ObjectRecord } from '../compare/app-objects.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import { markOfLive, type PackedLive, unpackLive } from '../live/live-object.ts'

export const ABSENT = 'absent'

/** A mark of a live object: the same as long as its content is, whoever is recorded to own it. */
export function liveMark(live: PackedLive | undefined): string {
  return live === undefined ? ABSENT : markOfLive(live)
}

export function declaredMark(packed: string | undefined): string {
  return packed === undefined ? ABSENT : hashOf(packed)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

/**
 * How the drift of an object ended, by which side moved since: Git alone (`committed`), neither (`ignored`: the rules did), or the cluster,
 * and then by whose hand. Who deleted an object nothing records: where the app is synced automatically it counts as the controller.
 * @param record the object now; undefined where the app has nothing to do with it any more
 */
export function endingOf(
  marks: ObjectMarks,
  keyed: { readonly record: ObjectRecord | undefined; readonly live: PackedLive | undefined },
  { app }: AppState,
): Ending {
  const { record, live } = keyed
  if (record?.state === 'ignored') return 'ignored'
  const hasGitMoved = declaredMark(record?.declared?.packed) !== marks.declared
  if (liveMark(live) === marks.live) return hasGitMoved ? 'committed' : 'ignored'
  const writer = live === undefined ? undefined : lastWriter(unpackLive(live), app.policy.managers)
  if (writer !== undefined) return writer
  return app.autoSync ? 'healed' : 'reverted'
}

/** By the newest entry of managedFields; of the same second it is the controller, since the object is as Git says. */
function lastWriter({ metadata }: KubernetesObject, managers: readonly string[]): 'healed' | 'reverted' | undefined {
  const { managedFields } = metadata
  if (!Array.isArray(managedFields)) return undefined
  let newest = Number.NEGATIVE_INFINITY
  let writers: string[] = []
  for (const entry of managedFields) {
    if (!isJsonObject(entry) || typeof entry.manager !== 'string' || typeof entry.time !== 'string') continue
    const time = Date.parse(entry.time)
    if (time < newest || Number.isNaN(time)) continue
    if (time > newest) writers = []
    newest = time
    writers.push(entry.manager)
  }
  if (writers.length === 0) return undefined
  return writers.some((manager) => matchesName(managers, manager)) ? 'healed' : 'reverted'
}

/** What is live of an object, as far as it is known. */
export function livePacked(
  { key, keyText }: Pick<ObjectRecord, 'key' | 'keyText'>,
  cluster: ClusterState,
): PackedLive | undefined {
  const state = cluster.look(key, keyText)
  return state.state === 'present' ? state.live : undefined
}
