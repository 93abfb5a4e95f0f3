import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { loadConfig } from '../src/config/load-config.ts'
import { staticInventory } from '../src/discovery/static/static-inventory.ts'
import { type Runtime, startRuntime } from '../src/threads/runtime.ts'

// Evaluates the fleet whose folder is given, in a process of its own, and prints what it took as JSON.

function firstPass({ fleet }: Runtime): Promise<void> {
  return new Promise((resolve) => {
    const stop = fleet.subscribe(() => {
      if (fleet.firstPassEndedAt === undefined) return
      stop()
      resolve()
    })
  })
}

const folder = process.argv[2] ?? '.'
const settings = await loadConfig(join(folder, 'config.yaml'))
const begun = performance.now()
const runtime = await startRuntime({ ...settings, stateDirectory: 'temporary', log: () => undefined })
const started = performance.now() - begun
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const evaluating = performance.now()
const passed = firstPass(runtime)
runtime.reconcile(staticInventory(settings))
await passed
const first = performance.now() - evaluating
const again = performance.now()
await runtime.pass()
const second = performance.now() - again
delay.disable()
const synced = [...runtime.fleet.apps.values()].filter(({ verdict }) => verdict.outcome.status === 'Synced').length
await runtime.close()
const milliseconds = (nanoseconds: number): number => nanoseconds / 1e6
const { max } = delay
const [p50, p99] = [delay.percentile(50), delay.percentile(99)]
process.stdout.write(JSON.stringify({ started, first, second, synced, delay: [p50, p99, max].map(milliseconds) }))
