import type { Capabilities } from '../../model/cluster.ts'
import type { AppState, Base } from '../app-state.ts'
import { requestOf } from '../desired/render-request.ts'
import type { RenderingCache } from '../desired/rendering-cache.ts'
import type { Repositories } from '../desired/repositories.ts'

export interface BasePorts {
  readonly repositories: Repositories
  readonly renderings: RenderingCache
  readonly signal: AbortSignal
}

/** Renders what Git wanted at the commits of a base. What cannot be had any more (a forced push) is marked so. */
export async function fetchBase(
  appState: AppState,
  base: Base,
  capabilities: Capabilities,
  ports: BasePorts,
): Promise<void> {
  try {
    const revisions = await Promise.all(
      appState.app.sources.map(({ repository, targetRevision }, index) =>
        ports.repositories.resolve(repository, base.commits[index] ?? targetRevision, ports.signal),
      ),
    )
    base.rendering = await ports.renderings.get(requestOf(appState.app, revisions, capabilities))
  } catch {
    // The cause is then told by what the live object itself says.
    base.unavailable = true
  }
}

/** Whether two bases are of the same commits. */
export function isSameBase(one: Base, other: Base): boolean {
  return one === other || one.commits.join() === other.commits.join()
}
