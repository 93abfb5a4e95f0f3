import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

export const GIBIBYTE = 2 ** 30
const SAMPLE_MS = 100

/** The most memory that a program and what it started had at once, bytes. */
export interface WatchedMemory extends AsyncDisposable {
  readonly peak: number
}

/**
 * Looks at the resident memory of a program and its descendants, and ends the program above the limit: as a cgroup would, where the
 * machine gives none. `ulimit -v` counts addresses, of which WebAssembly reserves gigabytes.
 */
export function watchMemory(pid: number, limit = GIBIBYTE): WatchedMemory {
  let peak = 0
  let isStopped = false
  const watching = (async () => {
    while (!isStopped) {
      peak = Math.max(peak, await residentBytes(pid))
      if (peak > limit) {
        process.kill(pid, 'SIGKILL')
        return
      }
      await sleep(SAMPLE_MS)
    }
  })()
  return {
    get peak() {
      return peak
    },
    [Symbol.asyncDispose]: async () => {
      isStopped = true
      await watching
    },
  }
}

async function residentBytes(pid: number): Promise<number> {
  const processes = new Map<number, { readonly parent: number; readonly bytes: number }>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // What has ended meanwhile has no memory.
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '')
    const field = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
    processes.set(Number(name), { parent: field('PPid'), bytes: field('VmRSS') * 1024 })
  }
  const isOurs = (one: number): boolean => one === pid || (one > 1 && isOurs(processes.get(one)?.parent ?? 0))
  let bytes = 0
  for (const [one, { bytes: ofOne }] of processes) if (isOurs(one)) bytes += ofOne
  return bytes
}
