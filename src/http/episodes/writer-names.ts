import { toFailure } from '../../model/failure.ts'
import type { AppReport } from '../../model/fleet.ts'
import type { Episode, EpisodeField } from '../../model/journal/episode.ts'
import type { SearchJournal } from '../../model/journal/search.ts'
import type { Log } from '../../model/log.ts'
import { objectKeyText } from '../../model/object.ts'
import type { Actor, Difference, ObjectVerdict } from '../../model/verdicts/difference.ts'

/** A page does not wait longer for names. */
const SEARCH_MS = 1000

/** Verdicts name programs; who ran them stands in the journal, where audit events were matched. */
export interface WriterNames {
  /** The same reports, with the people whom the journal names; as they are where it cannot be read now. */
  name(reports: readonly AppReport[]): Promise<readonly AppReport[]>
  nameObjects(report: AppReport, objects: readonly ObjectVerdict[]): Promise<readonly ObjectVerdict[]>
}

export function createWriterNames(search: SearchJournal, log: Log): WriterNames {
  /** What lasts of these apps, by their ids: one question for all of them. */
  async function lasting(reports: readonly AppReport[]): Promise<ReadonlyMap<string, Episode>> {
    const apps = reports.filter(hasWriter).map(({ summary }) => summary.id)
    const found = new Map<string, Episode>()
    if (apps.length === 0) return found
    const signal = AbortSignal.timeout(SEARCH_MS)
    try {
      let step = await search({ apps, state: 'lasting' }, signal)
      for (;;) {
        for (const { episode } of step.found) found.set(episode.app.id, episode)
        if (step.next === undefined) return found
        step = await search({ apps, state: 'lasting', after: step.next }, signal)
      }
    } catch (thrown) {
      log('warn', 'the journal cannot be asked now who wrote; pages name programs alone', { ...toFailure(thrown) })
      return found
    }
  }

  return {
    async name(reports) {
      const episodes = await lasting(reports)
      return reports.map((report) => {
        const episode = episodes.get(report.summary.id)
        if (episode === undefined) return report
        const { verdict } = report
        return { ...report, verdict: { ...verdict, objects: namedObjects(verdict.objects, episode) } }
      })
    },
    async nameObjects(report, objects) {
      const episode = (await lasting([report])).get(report.summary.id)
      return episode === undefined ? objects : namedObjects(objects, episode)
    },
  }
}

function hasWriter({ verdict: { outcome, objects } }: AppReport): boolean {
  return (
    outcome.status === 'OutOfSync' &&
    objects.some(({ differences }) => differences.some(({ actor }) => actor !== undefined))
  )
}

function namedObjects(objects: readonly ObjectVerdict[], episode: Episode): readonly ObjectVerdict[] {
  const fields = new Map<string, EpisodeField>()
  for (const object of episode.objects)
    if (object.ended === undefined)
      for (const field of object.fields) fields.set(`${objectKeyText(object)} ${field.path}`, field)
  return objects.map((object) => {
    const differences = object.differences.map((difference) =>
      named(difference, fields.get(`${objectKeyText(object.key)} ${difference.path}`)),
    )
    const isSame = differences.every((difference, index) => difference === object.differences[index])
    return isSame ? object : { ...object, differences }
  })
}

/** What was written since the journal was told is by somebody else. */
function named(difference: Difference, field: EpisodeField | undefined): Difference {
  const { actor } = difference
  const user = field?.actor?.user
  if (actor === undefined || user === undefined || !isSameWrite(actor, field?.actor)) return difference
  return { ...difference, actor: { ...actor, user } }
}

function isSameWrite(one: Actor, other: EpisodeField['actor']): boolean {
  return one.manager === other?.manager && one.subresource === other.subresource && one.time === other.time
}
