import { spawnSync } from 'node:child_process'
import { freePort } from './port.ts'
import { type Program, startProgram, waitUntilReady } from './process.ts'

export interface Redis {
  /** host:port */
  readonly address: string
  readonly program: Program
}

/**
 * Debian's Redis on a port of loopback, in memory alone.
 * @throws Error when it is not installed
 */
export async function startRedis(folder: string): Promise<Redis> {
  if (spawnSync('redis-server', ['--version']).error !== undefined)
    throw new Error('Argo CD needs Redis: apt-get install redis-server')
  const port = await freePort()
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const program = startProgram({ name: 'redis', program: 'redis-server', args: flags })
  await waitUntilReady(program, 'redis', 30, async () => program.output().includes('Ready to accept') || undefined)
  return { address: `127.0.0.1:${port}`, program }
}
