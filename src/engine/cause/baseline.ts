import type { App } from '../../model/apps/app.ts'
import type { Capabilities } from '../../model/clusters/cluster.ts'
import type { Baseline } from '../desired/desired-state.ts'
import { requestOf } from '../desired/render-request.ts'
import type { RenderingCache } from '../desired/rendering-cache.ts'
import type { Repositories } from '../desired/repositories.ts'

export interface BaselinePorts {
  readonly repositories: Repositories
  readonly renderings: RenderingCache
  readonly signal: AbortSignal
}

/** Renders the desired state at the commits of a baseline; marks it unavailable where that fails (a forced push). */
export async function fetchBaseline(
  app: App,
  baseline: Baseline,
  capabilities: Capabilities,
  ports: BaselinePorts,
): Promise<void> {
  try {
    const revisions = await Promise.all(
      app.sources.map(({ repository, targetRevision }, index) =>
        ports.repositories.resolve(repository, baseline.commits[index] ?? targetRevision, ports.signal),
      ),
    )
    baseline.rendering = await ports.renderings.get(requestOf(app, revisions, capabilities))
  } catch {
    // The managedFields of the live object have to decide about the cause then.
    baseline.unavailable = true
  }
}

/** Whether two baselines are of the same commits. */
export function isSameBaseline(one: Baseline, other: Baseline): boolean {
  return one === other || one.commits.join() === other.commits.join()
}
