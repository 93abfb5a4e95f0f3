import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'undici'
import { toolPath } from '../tools/build.ts'
import { type Program, startProgram, waitUntilReady } from './process.ts'

export interface Etcd {
  readonly endpoint: string
  readonly program: Program
  /** Forgets every state but the last one. */
  compact(): Promise<void>
}

/**
 * etcd on Unix sockets in `folder`: no ports, nothing synced to disk. It insists on `host:port` and takes that text as the
 * path of the socket, relative to its working folder.
 */
export async function startEtcd(folder: string): Promise<Etcd> {
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
  return {
    endpoint: `unix://${socket}`,
    program,
    compact: async () => {
      const client = new Client('http://localhost', { socketPath: socket })
      try {
        const { header } = await call(client, 'kv/range', { key: Buffer.from('/').toString('base64') })
        await call(client, 'kv/compaction', { revision: header.revision, physical: true })
      } finally {
        await client.close()
      }
    },
  }
}

/** etcd's gRPC as JSON. */
async function call(client: Client, path: string, body: object): Promise<{ header: { revision: string } }> {
  const answer = await client.request({ method: 'POST', path: `/v3/${path}`, body: JSON.stringify(body) })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(`etcd answers ${answer.statusCode}: ${text}`)
  return JSON.parse(text)
}
