import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { toolPath } from '../tools/build.ts'
import { type Program, startProgram, waitUntilReady } from './process.ts'

/**
 * etcd on Unix sockets in `folder`: no ports, nothing synced to disk. It insists on `host:port` and takes that text as the
 * path of the socket, relative to its working folder.
 */
export async function startEtcd(folder: string): Promise<{ readonly endpoint: string; readonly program: Program }> {
  const program = startProgram({
    name: 'etcd',
    program: toolPath('etcd'),
    args: [
      ['--data-dir', 'data'],
      ['--listen-client-urls', 'unix://client:1'],
      ['--advertise-client-urls', 'unix://client:1'],
      ['--listen-peer-urls', 'unix://peer:1'],
      ['--initial-advertise-peer-urls', 'unix://peer:1'],
      ['--initial-cluster', 'default=unix://peer:1'],
      ['--log-level', 'warn'],
      ['--unsafe-no-fsync'],
    ].flat(),
    folder,
  })
  const socket = join(folder, 'client:1')
  await waitUntilReady(program, 'etcd', 30, async () => existsSync(socket) || undefined)
  return { endpoint: `unix://${socket}`, program }
}
