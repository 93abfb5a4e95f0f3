import type { AppId } from '../../model/identity.ts'
import type { AuditBatch } from '../../model/journal/audit.ts'
import type { Episode } from '../../model/journal/episode.ts'
import type {
  EndedEpisode,
  JournaledApp,
  JournalStatus,
  ObjectMarks,
  RestoredJournal,
  Sighting,
} from '../../model/journal/journal.ts'
import { objectKeyText } from '../../model/object.ts'
import type { JournalSettings } from '../../model/settings.ts'
import { advanceEpisode } from '../advance-episode.ts'
import { attributeEpisode } from '../audit/attribute.ts'
import { createRecentWrites, type RecentWrites } from '../audit/recent-writes.ts'
import { openJournalFile } from './journal-file.ts'
import { prune } from './prune.ts'
import type { Statements } from './statements.ts'

/** A sighting and its place in what one process told, so that one that comes twice is taken in once. */
export interface NumberedSighting {
  readonly run: string
  readonly number: number
  readonly sighting: Sighting
}

export interface JournalStoreOptions {
  readonly path: string
  readonly caps: JournalSettings
  /** Unix milliseconds. */
  readonly now: () => number
  /** Type of the file system; asked for where it is left out. */
  readonly fileSystem?: number
}

/** The journal's file, and the episodes that last. One thread alone has it. */
export interface JournalStore {
  readonly status: JournalStatus
  restore(): RestoredJournal
  takeOver(apps: readonly JournaledApp[]): void
  /** Takes in a group, in one transaction. @returns the episodes that ended with it */
  record(group: readonly NumberedSighting[]): readonly EndedEpisode[]
  /** Audit events of a cluster: they name those who wrote what lasts, or ended a moment ago, and what is seen next. */
  audit(batch: AuditBatch): void
  /** @param at Unix seconds */
  observing(at: number): void
  /** Says that the process lives, and keeps the caps; to be called every few seconds. */
  tick(): void
  close(): void
}

/** Episodes that ended and may still be told who wrote. */
const MOST_LATELY = 200
const NOT_RUNNING = 'not-running'

/**
 * Opens the journal of a state directory. Memory is that of the episodes that last (`EPISODE_LIMITS` each), time per sighting that of one
 * upsert, whatever the number of apps and of episodes in the file.
 */
export function createJournalStore(options: JournalStoreOptions): JournalStore {
  const { now } = options
  const open = new Map<string, Episode>()
  const file = openJournalFile({ ...options, open })
  for (const episode of file.statements?.openEpisodes() ?? []) open.set(episode.app.id, episode)
  /** Of each app, the place of its last sighting. */
  const sequences = new Map<string, string>(file.statements?.sequences())
  const writes = createRecentWrites()
  /** What ended a moment ago: events come late. */
  const lately: Episode[] = []
  let isClosed = false
  beginPause()

  /** Nobody looked since the last process said that it lives. */
  function beginPause(): void {
    file.transact(({ meta, openGap, closeGaps, hasGap }) => {
      const alive = Number(meta('alive') ?? Number.NaN)
      // Gaps of apps are found anew; that of a process that ended before it had looked at everything goes on.
      closeGaps(alive)
      if (Number.isFinite(alive) && !hasGap('')) openGap('', alive, NOT_RUNNING)
    })
  }

  return {
    get status() {
      return file.status
    },
    restore() {
      const { statements } = file
      if (statements === undefined) return { hasTakenOver: true, apps: [] }
      const histories = statements.apps()
      const apps = new Map(histories.map((app) => [app.app.id, app]))
      for (const [id, episode] of open)
        apps.set(id, { app: episode.app, history: apps.get(id)?.history ?? '', drifting: driftingOf(episode) })
      return { hasTakenOver: statements.meta('takenOver') === 'true', apps: [...apps.values()] }
    },
    takeOver(apps) {
      file.transact(({ putApp, putEpisode, setMeta }) => {
        for (const { app, history, drifting } of apps) {
          putApp({ app, history }, '')
          if (drifting === undefined || open.has(app.id)) continue
          const episode = takenOver(app, drifting.seen, drifting.cause)
          putEpisode(episode)
          open.set(app.id, episode)
        }
        setMeta('takenOver', 'true')
      })
    },
    record(group) {
      const fresh = group.filter(({ run, number, sighting: { app } }) => {
        if (isOld(sequences.get(app.id), run, number)) return false
        sequences.set(app.id, `${run} ${number}`)
        return true
      })
      const written: Episode[] = []
      for (const { sighting } of fresh) {
        const { id } = sighting.app
        const before = open.get(id)
        const advanced = advanceEpisode(before, options.caps.commitAuthors ? sighting : withoutAuthors(sighting))
        const after = advanced === undefined ? undefined : attributeEpisode(advanced, writes)
        if (after !== undefined && after !== before) written.push(after)
        if (after?.ended !== undefined) lately.push(after)
        if (lately.length > MOST_LATELY) lately.shift()
        if (after === undefined || after.ended !== undefined) open.delete(id)
        else open.set(id, after)
      }
      file.transact((tables) => {
        for (const { run, number, sighting } of fresh) {
          noteGap(tables, sighting)
          if (sighting.status === 'gone') tables.dropApp(sighting.app.id)
          else tables.putApp(sighting, `${run} ${number}`)
        }
      }, written)
      for (const { sighting } of fresh) if (sighting.status === 'gone') sequences.delete(sighting.app.id)
      return written.flatMap((episode) => (episode.ended === undefined ? [] : [endedEpisode(episode, episode.ended)]))
    },
    audit(batch) {
      writes.add(batch)
      const named = nameWriters(open, lately, batch.cluster, writes)
      if (named.length > 0) file.transact(({ renameEpisode }) => named.forEach(renameEpisode))
    },
    observing(at) {
      file.transact(({ closeGap }) => closeGap('', at))
    },
    tick() {
      const seconds = now() / 1000
      file.transact(({ setMeta }) => setMeta('alive', String(seconds)))
      if (file.database !== undefined) prune(file.database, options.caps, seconds)
    },
    close() {
      if (isClosed) return
      isClosed = true
      file.transact(({ setMeta }) => setMeta('alive', String(now() / 1000)))
      file.close()
    },
  }
}

/** Names those who wrote in the episodes of a cluster, in place. @returns those that have somebody new */
function nameWriters(
  open: Map<string, Episode>,
  lately: Episode[],
  cluster: string,
  writes: RecentWrites,
): readonly Episode[] {
  const named: Episode[] = []
  const name = (episode: Episode): Episode => {
    const after = episode.app.destination === cluster ? attributeEpisode(episode, writes) : episode
    if (after !== episode) named.push(after)
    return after
  }
  for (const [id, episode] of open) open.set(id, name(episode))
  for (const [index, episode] of lately.entries()) lately[index] = name(episode)
  return named
}

/** Whether the journal has it already: a thread that died may have taken it in without an answer. */
function isOld(last: string | undefined, run: string, number: number): boolean {
  const [lastRun, lastNumber] = last?.split(' ') ?? []
  return lastRun === run && number <= Number(lastNumber)
}

function noteGap({ openGap, closeGap, hasGap }: Statements, { app, at, status, reason }: Sighting): void {
  if (status !== 'Unknown') closeGap(app.id, at)
  else if (!hasGap(app.id)) openGap(app.id, at, reason ?? 'GDE_NOT_EVALUATED')
}

function takenOver(app: Episode['app'], seen: number, cause: Episode['cause']): Episode {
  return {
    app,
    began: seen,
    beganBy: 'seen',
    seen,
    objects: [],
    objectsOmitted: 0,
    commits: { begin: [] },
    controller: [],
    ...(cause !== undefined && { cause }),
  }
}

function endedEpisode({ app, cause, endedBy, began }: Episode, ended: number): EndedEpisode {
  // The text was an AppId when it was told.
  return {
    app: app.id as AppId,
    cause: cause ?? 'live',
    endedBy: endedBy ?? 'unseen',
    seconds: Math.max(0, ended - began),
  }
}

function driftingOf({ seen, cause, objects }: Episode): NonNullable<JournaledApp['drifting']> {
  const marks: Record<string, ObjectMarks> = {}
  for (const object of objects) if (object.ended === undefined) marks[objectKeyText(object)] = object.marks
  return { seen, objects: marks, ...(cause !== undefined && { cause }) }
}

/** People are named only where somebody chose that. */
function withoutAuthors(sighting: Sighting): Sighting {
  return { ...sighting, commits: sighting.commits.map(({ author: _author, ...commit }) => commit) }
}
