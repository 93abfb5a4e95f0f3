import type { AppFilter } from '../../discovery/inventory/app-filter.ts'
import { clusterOf } from '../../discovery/inventory/shard-inventory.ts'
import type { App } from '../../model/apps/app.ts'
import { fromFailure } from '../../model/failure.ts'
import type { AppReport } from '../../model/fleet.ts'
import type { Settings } from '../../model/settings.ts'
import { hasCluster, type Shard } from '../../model/shard.ts'
import type { FoundInventory } from '../../threads/rpc/protocol.ts'
import { type Runtime, startRuntime } from '../../threads/runtime.ts'
import { chooseApps } from './choose-apps.ts'
import { type Logging, onePassOptions } from './runtime-options.ts'

export interface OnePassOptions extends Logging {
  readonly signal: AbortSignal
  /** Apps without a verdict by then stay Unknown (`GDE_NOT_EVALUATED`). */
  readonly timeoutSeconds: number
  /** Only apps of its clusters. */
  readonly shard?: Shard | undefined
  /** Desired Secrets keep their values. */
  readonly showSecrets?: boolean
  /** Called after every verdict. */
  readonly progress?: (done: number, all: number) => void
  /** Called with every verdict, also with those that follow on one of the same app. */
  readonly judged?: (report: AppReport) => void
  /** Called with the chosen apps before they are evaluated. What it throws ends the pass. */
  readonly accept?: (apps: readonly App[]) => void
}

/** A runtime after one evaluation, with what it found. */
export interface OnePass extends AsyncDisposable {
  readonly runtime: Runtime
  readonly found: FoundInventory
  readonly apps: readonly App[]
}

/**
 * A runtime after one evaluation of every app that matches: `serve`'s own, on a state directory that goes away with it.
 * @throws UsageError when nothing matches
 */
export async function onePass(settings: Settings, filter: AppFilter, options: OnePassOptions): Promise<OnePass> {
  const { log, logLevel, signal, timeoutSeconds } = options
  const runtime = await startRuntime(onePassOptions(settings, { log, logLevel }, options.showSecrets))
  try {
    const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)])
    const evaluated = watchEvaluations(runtime, options.judged)
    runtime.follow({ settings, only: filter, ...(options.shard !== undefined && { shard: options.shard }) })
    const found = await runtime.inventory(until)
    const apps = chosenFrom(found, filter).filter((app) => hasCluster(options.shard, clusterOf(app)))
    options.accept?.(apps)
    await evaluated.all(apps, found, until, options.progress)
    signal.throwIfAborted()
    return { runtime, found, apps, [Symbol.asyncDispose]: () => runtime.close() }
  } catch (error) {
    await runtime.close()
    throw error
  }
}

/** An app that is not found may be declared in a control cluster that could not be read: reports that instead. */
function chosenFrom(found: FoundInventory, filter: AppFilter): readonly App[] {
  const { problems, incomplete = [] } = found
  const [problem] = problems
  try {
    return chooseApps(found, filter)
  } catch (error) {
    throw problem === undefined || incomplete.length === 0 ? error : fromFailure(problem.failure)
  }
}

/** Counts from the start, since verdicts may arrive before the number of apps is known. */
function watchEvaluations({ fleet }: Runtime, judged: OnePassOptions['judged']) {
  const done = new Set<string>()
  let passed = false
  let onUpdate: () => void = () => undefined
  const unsubscribe = fleet.subscribe((update) => {
    if (update.type === 'app' && update.report.verdict.evaluatedAt !== undefined) {
      done.add(update.report.summary.id)
      judged?.(update.report)
    }
    if (update.type === 'pass' && update.first) passed = true
    onUpdate()
  })
  return {
    /** Resolves when the first pass has ended or the signal is aborted. */
    all(
      apps: readonly App[],
      { incomplete = [] }: FoundInventory,
      signal: AbortSignal,
      progress: OnePassOptions['progress'],
    ): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      const end = (): void => {
        unsubscribe()
        signal.removeEventListener('abort', end)
        resolve()
      }
      onUpdate = () => {
        progress?.(done.size, apps.length)
        // While a control cluster cannot be read, no pass is complete; what is known is evaluated all the same.
        if (passed || (incomplete.length > 0 && apps.every(({ id }) => done.has(id)))) end()
      }
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
      else onUpdate()
      return promise
    },
  }
}
