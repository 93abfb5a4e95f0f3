import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { join } from 'node:path'
import type { Certificate } from './certificate.ts'

export interface StaticRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly authorization: string | undefined
  /** What was answered. */
  status: number
}

/** What the server does with a request instead of giving a file; undefined gives the file. */
export type StaticBehaviour = (
  request: IncomingMessage,
  response: ServerResponse,
) => undefined | true | Promise<undefined | true>

export interface StaticServerOptions {
  /** Its files are served. */
  readonly folder: string
  readonly tls?: Certificate
  /** PEM: who asks has to show a certificate of it. */
  readonly clientAuthority?: string
}

export interface StaticServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string
  readonly requests: readonly StaticRequest[]
  /** The Authorization header that every request must have; undefined lets all in. */
  authorization: string | undefined
  behaviour: StaticBehaviour | undefined
  close(): Promise<void>
}

/** A server of files with entity tags, on 127.0.0.1. */
export async function startStaticServer({ folder, tls, clientAuthority }: StaticServerOptions): Promise<StaticServer> {
  const requests: StaticRequest[] = []
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request
    const noted: StaticRequest = { method, url, authorization: request.headers.authorization, status: 0 }
    requests.push(noted)
    response.on('close', () => {
      noted.status = response.statusCode
    })
    if ((await self.behaviour?.(request, response)) === true) return
    if (self.authorization !== undefined && request.headers.authorization !== self.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="charts"' }).end()
    else await giveFile(join(folder, decodeURIComponent(new URL(url, 'http://host').pathname)), request, response)
  }
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer(
          {
            cert: tls.certificate,
            key: tls.key,
            ...(clientAuthority !== undefined && { ca: clientAuthority, requestCert: true, rejectUnauthorized: true }),
          },
          listener,
        )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  const self: StaticServer = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    requests,
    authorization: undefined,
    behaviour: undefined,
    close,
    [Symbol.asyncDispose]: close,
  }
  return self
}

async function giveFile(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const etag = `"${createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
      .slice(0, 16)}"`
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end()
      return
    }
    response.writeHead(200, { etag })
    createReadStream(path).pipe(response)
  } catch {
    response.writeHead(404).end('there is no such file')
  }
}
