import type { Episode } from './episode.ts'

/** Who wrote what differed: the user, where it is known, with the program. */
export function actorsOf({ objects }: Pick<Episode, 'objects'>): readonly string[] {
  const names = objects.flatMap(({ fields, writers = [] }) => {
    const actors = fields.flatMap(({ actor }) => actor ?? [])
    const users = [...new Set(writers.map(({ user }) => user))].filter((user) =>
      actors.every((one) => one.user !== user),
    )
    // Two that may have been it are told as two.
    const others = users.length === 0 ? [] : [users.sort().join(' or ')]
    return [...actors.map(({ user, manager }) => (user === undefined ? manager : `${user} (${manager})`)), ...others]
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
