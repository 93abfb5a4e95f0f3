import { actorName } from '../verdicts/actor-name.ts'
import type { Episode } from './episode.ts'

/**
 * Who made what differs: the program and, where he is known, the user. Where Git moved alone nobody in the cluster did; where both moved, what was
 * written before the drift began is what Git has moved away from.
 */
export function actorsOf({ objects }: Pick<Episode, 'objects'>): readonly string[] {
  const names = objects.flatMap(({ fields, writers = [], cause, began }) => {
    if (cause === 'git') return []
    const actors = fields
      .flatMap(({ actor }) => actor ?? [])
      .filter(({ time }) => cause !== 'both' || time === undefined || Date.parse(time) / 1000 >= began)
    const users = [...new Set(writers.map(({ user }) => user))].filter((user) =>
      actors.every((one) => one.user !== user),
    )
    // Two that may have been it are told as two.
    const others = users.length === 0 ? [] : [users.sort().join(' or ')]
    return [...actors.map(actorName), ...others]
  })
  return [...new Set(names)].sort()
}

/** Everybody who wrote in an episode: field managers, users, and those who acted as them. */
export function writersOf({ objects }: Pick<Episode, 'objects'>): readonly string[] {
  return objects
    .flatMap(({ fields, writers = [] }) => [
      ...fields.flatMap(({ actor }) => (actor === undefined ? [] : [actor.manager, actor.user ?? ''])),
      ...writers.flatMap(({ user, impersonator = '' }) => [user, impersonator]),
    ])
    .filter((name) => name !== '')
}
