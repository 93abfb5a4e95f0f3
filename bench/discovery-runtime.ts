import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../src/config/load-config.ts'
import type { FleetUpdate } from '../src/model/fleet.ts'
import type { AppId } from '../src/model/identity.ts'
import { type Runtime, startRuntime } from '../src/threads/runtime.ts'
import { REPOSITORIES, repositoryFolder, repositoryUrl } from './discovery-fleet.ts'

const PATIENCE_MS = 600_000

export interface StartedFleet {
  readonly runtime: Runtime
  /** Resolves with the milliseconds from now, when nothing is known, to a verdict of each of so many apps. */
  follow(apps: number): Promise<number>
}

/** The threads of the program over a control cluster that is a folder and repositories beside it. @param kinds of the cluster */
export async function startFleet(folder: string, kinds: readonly string[]): Promise<StartedFleet> {
  const config = join(folder, 'config.json')
  writeFileSync(config, configOf(folder, kinds))
  const settings = await loadConfig(config)
  const { stateDirectory, staleAfter, limits } = settings
  const runtime = await startRuntime({ stateDirectory, staleAfter, limits, log: () => undefined })
  return {
    runtime,
    async follow(apps) {
      const judged = new Set<AppId>()
      // Looking through all of them at each update would be a part of what is measured.
      const cold = until(runtime, (update) => {
        if (update.type !== 'app') return false
        const { summary, verdict } = update.report
        if (verdict.outcome.status === 'Unknown') judged.delete(summary.id)
        else judged.add(summary.id)
        return judged.size === apps
      })
      await runtime.follow({ settings })
      return cold
    },
  }
}

/** Resolves with the milliseconds until `isSo`, which is asked after each update. */
export async function until({ fleet }: Runtime, isSo: (update: FleetUpdate) => boolean): Promise<number> {
  const begun = performance.now()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error('it takes too long')), PATIENCE_MS)
  const stop = fleet.subscribe((update) => {
    if (isSo(update)) resolve()
  })
  await promise.finally(() => {
    clearTimeout(timer)
    stop()
  })
  return performance.now() - begun
}

function configOf(folder: string, kinds: readonly string[]): string {
  return JSON.stringify({
    stateDirectory: join(folder, 'state'),
    repositories: Array.from({ length: REPOSITORIES }, (_, number) => ({
      url: repositoryUrl(number),
      fetchFrom: `file://${repositoryFolder(folder, number)}`,
    })),
    clusters: [{ name: 'control', snapshot: { path: join(folder, 'control'), kinds } }],
    discovery: { argocd: [{ cluster: 'control', applicationSets: false }] },
  })
}
