import type { Worker } from 'node:worker_threads'

/** What a thread has computed since its start, whatever else the machine does; undefined while it starts, and when it has ended. */
export async function threadCpuSeconds(worker: Worker): Promise<number | undefined> {
  try {
    const { user, system } = await worker.cpuUsage()
    return (user + system) / 1e6
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_NOT_RUNNING') return undefined
    throw error
  }
}

/** The same of the thread that asks. */
export function ownCpuSeconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
}
