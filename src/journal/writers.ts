import type { Episode } from '../model/journal/episode.ts'

/** Everybody who wrote in an episode: field managers, users, and those who acted as them. */
export function writersOf({ objects }: Pick<Episode, 'objects'>): readonly string[] {
  return objects
    .flatMap(({ fields, writers = [] }) => [
      ...fields.flatMap(({ actor }) => (actor === undefined ? [] : [actor.manager, actor.user ?? ''])),
      ...writers.flatMap(({ user, impersonator = '' }) => [user, impersonator]),
    ])
    .filter((name) => name !== '')
}
