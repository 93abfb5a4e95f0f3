import type { App } from '../../model/apps/app.ts'
import type { Capabilities } from '../../model/clusters/cluster.ts'
import { type AppRenderingPorts, renderApp } from '../desired/app-rendering.ts'
import type { Baseline } from '../desired/desired-state.ts'
import type { Repositories } from '../desired/repositories.ts'

export interface BaselinePorts extends AppRenderingPorts {
  readonly repositories: Repositories
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
      app.sources.map((source, index) => {
        const targetRevision = baseline.commits[index] ?? source.targetRevision
        return ports.repositories.resolve({ ...source, targetRevision }, ports.signal)
      }),
    )
    baseline.rendering = (await renderApp(app, revisions, capabilities, ports)).rendering
  } catch {
    // The managedFields of the live object have to decide about the cause then.
    baseline.unavailable = true
  }
}

/** Whether two baselines are of the same commits. */
export function isSameBaseline(one: Baseline, other: Baseline): boolean {
  return one === other || one.commits.join() === other.commits.join()
}
