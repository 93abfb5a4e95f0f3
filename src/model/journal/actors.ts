import type { WatchedEpisode } from './episode.ts'

/** Who wrote what differed: the user, where it is known, with the program. */
export function actorsOf({ objects }: Pick<WatchedEpisode, 'objects'>): readonly string[] {
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
