import type { Inventory } from '../model/inventory.ts'
import type { Log } from '../model/log.ts'
import type { Settings } from '../model/settings.ts'
import { type Runtime, startRuntime } from '../threads/runtime.ts'
import { onePassOptions } from './runtime-options.ts'

export interface OnePassOptions {
  readonly log: Log
  readonly signal: AbortSignal
  /** What has no verdict by then stays Unknown (`GDE_NOT_EVALUATED`). */
  readonly timeoutSeconds: number
  /** Desired Secrets keep their values. */
  readonly showSecrets?: boolean
  /** Told after every verdict. */
  readonly progress?: (done: number, all: number) => void
}

/** A runtime after one evaluation of every app: `serve`'s own, on a state directory that goes away with it. */
export async function onePass(
  settings: Settings,
  inventory: Inventory,
  options: OnePassOptions,
): Promise<AsyncDisposable & { readonly runtime: Runtime }> {
  const { signal, timeoutSeconds, progress } = options
  const runtime = await startRuntime(onePassOptions(settings, options.log, options.showSecrets ?? false))
  try {
    const passed = firstPass(
      runtime,
      inventory,
      AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
      progress,
    )
    runtime.reconcile(inventory)
    await passed
    signal.throwIfAborted()
    return { runtime, [Symbol.asyncDispose]: () => runtime.close() }
  } catch (error) {
    await runtime.close()
    throw error
  }
}

/** Resolves when the first pass has ended, or the signal says that it is not to be waited for. */
function firstPass(
  { fleet }: Runtime,
  { apps }: Inventory,
  signal: AbortSignal,
  progress: OnePassOptions['progress'],
): Promise<void> {
  return new Promise((resolve) => {
    const evaluated = new Set<string>()
    const unsubscribe = fleet.subscribe((update) => {
      if (update.type === 'app' && update.report.verdict.evaluatedAt !== undefined) {
        evaluated.add(update.report.summary.id)
        progress?.(evaluated.size, apps.length)
      }
      if (update.type === 'pass' && update.first) end()
    })
    const end = (): void => {
      unsubscribe()
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
