import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { request } from 'undici'

/** API servers as a process of their own, whose CPU is not counted. */
export interface Stub extends AsyncDisposable {
  readonly port: number
  lists(): Promise<number>
  post(path: string): Promise<void>
}

/** @param recording folder of what a real API server answered */
export async function startStub(recording: string, clusters: number): Promise<Stub> {
  const entry = join(import.meta.dirname, 'stub.ts')
  const child: ChildProcess = spawn(process.execPath, [entry, recording, String(clusters)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout === null) throw new Error('the stub has no output')
  const [line] = await once(child.stdout, 'data')
  const port = Number(String(line))
  const control = `http://127.0.0.1:${port}`
  return {
    port,
    async lists() {
      const stats: unknown = await (await request(`${control}/stats`)).body.json()
      if (typeof stats !== 'object' || stats === null || !('list' in stats)) throw new Error('no stats')
      return Number(stats.list)
    },
    async post(path) {
      const answer = await request(`${control}${path}`, { method: 'POST', headersTimeout: 120_000 })
      await answer.body.dump()
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
