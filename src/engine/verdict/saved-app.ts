import type { AppReport } from '../../model/fleet.ts'
import type { AppState } from '../app-state.ts'
import type { SavedApp, SavedBaseline } from '../state/saved-state.ts'

/** Beyond that many objects out of sync with one another, the cause after a restart may be told less precisely. */
const MAX_SAVED_OBJECTS = 500

/** What must outlive the process of an app that is told so. */
export function savedApp(appState: AppState, { summary, verdict }: AppReport): SavedApp {
  const { revisions, objectCounts, differenceCounts } = verdict
  return {
    summary,
    history: appState.history,
    revisions,
    objectCounts,
    differenceCounts,
    baselines: baselinesOf(appState),
    manualChanges: appState.manualChanges,
    kinds: [...appState.kinds.values()],
  }
}

/** The commits of today for all objects, but for those that were last equal to something else, or to nothing yet (no commits). */
export function baselinesOf(appState: AppState): readonly SavedBaseline[] {
  const today = appState.desired?.baseline
  if (today === undefined) return appState.earlierBaselines
  const groups = new Map<string, { readonly commits: readonly string[]; readonly objects: string[] }>()
  let count = 0
  for (const { keyText, baseline } of appState.records.values()) {
    if (baseline === today || count >= MAX_SAVED_OBJECTS) continue
    const commits = baseline?.commits ?? []
    const group = groups.get(commits.join()) ?? { commits, objects: [] }
    groups.set(commits.join(), group)
    group.objects.push(keyText)
    count += 1
  }
  return [{ commits: today.commits, objects: [] }, ...groups.values()]
}
