import type { App } from '../model/apps/app.ts'
import type { AppId } from '../model/identity.ts'
import { type AppObjects, createAppObjects } from './compare/app-objects.ts'
import { type AppDesired, createAppDesired } from './desired/desired-state.ts'
import type { SavedApp } from './state/saved-state.ts'
import { type AppReported, createAppReported, type ResumedApp } from './verdict/reported-state.ts'

/** All that the engine knows of one app, in three parts; each is written by the file that defines it. */
export interface AppState {
  /** As the inventory declares it; reconciling replaces it. */
  app: App
  readonly id: AppId
  readonly desired: AppDesired
  readonly objects: AppObjects
  readonly reported: AppReported
  /** The inventory lacks it now: what is still under way for it comes to nothing. */
  removed: boolean
}

/** @param now Unix seconds
 * @param resumed what the journal says of it, before the state file does */
export function createAppState(app: App, saved: SavedApp | undefined, now: number, resumed?: ResumedApp): AppState {
  return {
    app,
    id: app.id,
    desired: createAppDesired(saved?.kinds ?? []),
    objects: createAppObjects(saved?.baselines ?? []),
    reported: createAppReported(saved, resumed, now),
    removed: false,
  }
}
