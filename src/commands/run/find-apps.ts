import { staticInventory } from '../../discovery/static/static-inventory.ts'
import type { LogLevel } from '../../model/log.ts'
import type { Settings } from '../../model/settings.ts'
import type { FoundInventory } from '../../threads/rpc/protocol.ts'
import { startRuntime } from '../../threads/runtime.ts'
import { createLog } from '../cli/log.ts'
import { onePassOptions } from './runtime-options.ts'

const TIMEOUT_SECONDS = 120

/** The inventory of the config file and of discovery; nothing is evaluated. */
export async function findApps(settings: Settings, logLevel: LogLevel, signal: AbortSignal): Promise<FoundInventory> {
  const { argocd, flux, helm } = settings.discovery
  if (argocd.length + flux.length + helm.length === 0) return staticInventory(settings)
  const runtime = await startRuntime(onePassOptions(settings, { log: createLog(logLevel), logLevel }))
  try {
    runtime.follow({ settings, only: { names: [] } })
    return await runtime.inventory(AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_SECONDS * 1000)]))
  } finally {
    await runtime.close()
  }
}
