import type { AppId } from '../../model/identity.ts'
import type { EpisodeApp } from '../../model/journal/episode.ts'
import type { JournaledApp, JournalPort } from '../../model/journal/journal.ts'
import { historyText, parseHistory, type SavedApp } from './saved-state.ts'
import { newStatusHistory, type StatusHistory } from './status-history.ts'

/** What the last process left of one app, by its journal. */
export interface JournaledState {
  readonly app: EpisodeApp
  readonly history: StatusHistory
  readonly drifting: JournaledApp['drifting']
}

/**
 * Reads the journal, the one owner of since-times and counters. The first time it takes over those of the state file, which does not hold
 * them from then on.
 * @param now Unix seconds
 */
export async function resumeJournal(
  journal: JournalPort,
  saved: ReadonlyMap<AppId, SavedApp>,
  now: number,
): Promise<Map<AppId, JournaledState>> {
  let restored = await journal.restore()
  if (!restored.hasTakenOver) {
    await journal.takeOver([...saved.values()].map(takenOver))
    restored = await journal.restore()
  }
  return new Map(
    restored.apps.map(({ app, history, drifting }) => {
      // The text was an AppId when it was told.
      const id = app.id as AppId
      const known = parseHistory(history) ?? saved.get(id)?.history ?? newStatusHistory(now)
      return [id, { app, drifting, history: agreeing(known, drifting, saved.get(id)?.history) }]
    }),
  )
}

function takenOver({ summary, history }: SavedApp): JournaledApp {
  const { id, controller, kind, declaredIn, namespace, name, destination, project } = summary
  const { outOfSyncSince, outcome } = history
  const cause = outcome.status === 'OutOfSync' ? outcome.cause : undefined
  return {
    app: { id, controller, kind, declaredIn, namespace, name, destination, project },
    history: historyText(history),
    ...(outOfSyncSince !== undefined && {
      drifting: { seen: outOfSyncSince, objects: {}, ...(cause !== undefined && { cause }) },
    }),
  }
}

/** A drift that lasts is OutOfSync since then, whatever was written last; the cause may be younger in the state file. */
function agreeing(
  history: StatusHistory,
  drifting: JournaledApp['drifting'],
  saved: StatusHistory | undefined,
): StatusHistory {
  const newer =
    saved?.outcome.status === 'OutOfSync' && history.outcome.status === 'OutOfSync' ? saved.outcome : undefined
  const lastSynced = Math.max(history.lastSynced ?? 0, saved?.lastSynced ?? 0)
  const known = { ...history, ...(lastSynced > 0 && { lastSynced }), ...(newer !== undefined && { outcome: newer }) }
  if (drifting === undefined) return known
  return { ...known, outOfSyncSince: drifting.seen }
}
