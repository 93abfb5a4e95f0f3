import type { AppState } from './app-state.ts'

/** Of which apps the passing of time alone may change what is reported, so that nobody goes through the others each second. */
export interface TimedApps {
  /** It was reported, or the inventory has another word for it: it is looked at once more. */
  add(appState: AppState): void
  /** Forgets those of which time can bring nothing until they are reported again. */
  all(): Iterable<AppState>
}

export function createTimedApps(): TimedApps {
  const apps = new Set<AppState>()
  return {
    add: (appState) => void apps.add(appState),
    *all() {
      for (const appState of apps) {
        if (waitsForTime(appState)) yield appState
        else apps.delete(appState)
      }
    },
  }
}

/** It is evaluated again at some time, waits for its first verdict, is about to differ for long enough, or has windows that open and close. */
function waitsForTime({ app, desired, reported, removed }: AppState): boolean {
  if (removed) return false
  const { evaluated, disagreement } = reported
  const mayDisagree = disagreement.disagreedSince !== undefined
  return desired.retryAt !== undefined || !evaluated || mayDisagree || app.syncWindows !== undefined
}
