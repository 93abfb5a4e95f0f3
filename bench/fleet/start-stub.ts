import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { createCertificateAuthority } from '../../test/servers/certificate.ts'

/** API servers as a process of their own, whose CPU is not counted. */
export interface Stub extends AsyncDisposable {
  readonly origin: string
  /** PEM, where they speak TLS. */
  readonly ca: string | undefined
  lists(): Promise<number>
  post(path: string): Promise<void>
}

/**
 * @param recording folder of what a real API server answered
 * @param options `tls`: over TLS and HTTP/2, as real ones, which costs both sides what encrypting costs; plain HTTP/1.1 otherwise
 */
export async function startStub(
  recording: string,
  clusters: number,
  { tls = false }: { readonly tls?: boolean } = {},
): Promise<Stub> {
  const entry = join(import.meta.dirname, 'stub.ts')
  const authority = tls ? createCertificateAuthority() : undefined
  const own = authority?.issue({ commonName: 'stub', hosts: ['127.0.0.1'] })
  const child: ChildProcess = spawn(process.execPath, [entry, recording, String(clusters)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...(own && { STUB_CERTIFICATE: own.certificate, STUB_KEY: own.key }) },
  })
  if (child.stdout === null) throw new Error('the stub has no output')
  const [line] = await once(child.stdout, 'data')
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${Number(String(line))}`
  const ca = authority?.certificate
  const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } })
  return {
    origin,
    ca,
    async lists() {
      const stats: unknown = await (await request(`${origin}/stats`, { dispatcher })).body.json()
      if (typeof stats !== 'object' || stats === null || !('list' in stats)) throw new Error('no stats')
      return Number(stats.list)
    },
    async post(path) {
      const answer = await request(`${origin}${path}`, { dispatcher, method: 'POST', headersTimeout: 120_000 })
      await answer.body.dump()
    },
    async [Symbol.asyncDispose]() {
      await dispatcher.close()
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
