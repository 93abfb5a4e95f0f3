import type { AppReport } from '../../model/fleet.ts'
import type { AppState } from '../app-state.ts'
import { savedBaselines } from '../compare/app-objects.ts'
import type { SavedApp } from '../state/saved-state.ts'

/** What must outlive the process of an app that is reported so. */
export function savedApp({ desired, objects, reported }: AppState, { summary, verdict }: AppReport): SavedApp {
  const { revisions, objectCounts, differenceCounts } = verdict
  return {
    summary,
    history: reported.history,
    revisions,
    objectCounts,
    differenceCounts,
    baselines: savedBaselines(objects, desired.current?.baseline),
    values: reported.values,
    kinds: [...desired.kinds.values()],
  }
}
