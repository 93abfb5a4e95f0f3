import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, createServer as createSocketServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Certificate } from './certificate.ts'

/** What the server does with every request from now on. */
export type GitServerBehaviour =
  | { readonly type: 'serve' }
  /** Takes the request and never answers. */
  | { readonly type: 'hang' }
  /** The connection of every second request is closed without an answer, as one that had rested too long. */
  | { readonly type: 'reset' }
  | { readonly type: 'status'; readonly status: number }
  | { readonly type: 'html' }
  /** Says this to the first request and to others, whoever asks for what. */
  | { readonly type: 'say'; readonly greeting: string | Uint8Array; readonly result?: string | Uint8Array }
  /** Sends the request's path and query behind this URL. */
  | { readonly type: 'redirect'; readonly to: string; readonly status?: number }
  /** Serves, but ends the connection after so many bytes of an answer's body. */
  | { readonly type: 'cut'; readonly bytes: number; readonly only?: 'POST' }
  /** Serves, a piece of so many bytes at a time. */
  | { readonly type: 'drip'; readonly bytes: number; readonly delayMs: number }

export interface GitServerOptions {
  /** The folder that holds the repositories. */
  readonly root: string
  readonly tls?: Certificate
  /** Clients must show a certificate of this authority, PEM. */
  readonly clientAuthority?: string
  /** The Authorization header that every request must have. */
  readonly authorization?: string
  /** Answers as a server that does not know protocol version 2. */
  readonly oldProtocol?: boolean
}

export interface GitRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly authorization: string | undefined
}

export interface GitServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string
  readonly requests: readonly GitRequest[]
  authorization: string | undefined
  behave(behaviour: GitServerBehaviour): void
  close(): Promise<void>
}

/** Real `git http-backend` behind a server on 127.0.0.1. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const requests: GitRequest[] = []
  let behaviour: GitServerBehaviour = { type: 'serve' }
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '' } = request
    const { authorization } = request.headers
    requests.push({ method, url, authorization })
    if (self.authorization !== undefined && authorization !== self.authorization) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?')
      return
    }
    answer(request, response, behaviour, { ...options, count: requests.length })
  }
  const server =
    options.tls === undefined
      ? createServer(listener)
      : createTlsServer(
          {
            cert: options.tls.certificate,
            key: options.tls.key,
            ...(options.clientAuthority !== undefined && {
              ca: options.clientAuthority,
              requestCert: true,
              rejectUnauthorized: true,
            }),
          },
          listener,
        )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  const self: GitServer = {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${portOf(server.address())}`,
    requests,
    authorization: options.authorization,
    behave: (next) => {
      behaviour = next
    },
    close,
    [Symbol.asyncDispose]: close,
  }
  return self
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  behaviour: GitServerBehaviour,
  { count, ...options }: GitServerOptions & { readonly count: number },
): void {
  switch (behaviour.type) {
    case 'hang':
      return
    case 'reset':
      if (count % 2 === 0) request.socket.destroy()
      else runBackend(request, response, { type: 'serve' }, options)
      return
    case 'status':
      response.writeHead(behaviour.status).end()
      return
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>Sign in</h1>')
      return
    case 'say': {
      const [type, body] =
        request.method === 'GET' ? ['advertisement', behaviour.greeting] : ['result', behaviour.result]
      response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${type}` }).end(body)
      return
    }
    case 'redirect':
      response.writeHead(behaviour.status ?? 302, { location: `${behaviour.to}${request.url}` }).end()
      return
    case 'serve':
    case 'cut':
    case 'drip':
      runBackend(request, response, behaviour, options)
      return
    default:
      behaviour satisfies never
  }
}

/** The common gateway interface, as far as git http-backend uses it. */
function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  behaviour: GitServerBehaviour,
  { root, oldProtocol }: GitServerOptions,
): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://host')
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      GIT_PROTOCOL: oldProtocol === true ? '' : String(request.headers['git-protocol'] ?? ''),
    },
  })
  // A client that goes away in the middle is what some tests are about.
  child.stdin.on('error', () => undefined)
  response.on('close', () => child.kill())
  request.pipe(child.stdin)
  void relay(child.stdout, response, behaviour, request.method ?? '').catch(() => response.destroy())
}

async function relay(
  output: AsyncIterable<Buffer>,
  response: ServerResponse,
  behaviour: GitServerBehaviour,
  method: string,
): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0)
  let left =
    behaviour.type === 'cut' && method === (behaviour.only ?? method) ? behaviour.bytes : Number.MAX_SAFE_INTEGER
  for await (const chunk of output) {
    let body = chunk
    if (head !== undefined) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) continue
      writeHead(response, head.toString('latin1', 0, end))
      body = head.subarray(end + 4)
      head = undefined
    }
    if (behaviour.type === 'drip') await drip(response, body, behaviour)
    else response.write(body.subarray(0, left))
    left -= body.length
    if (left <= 0) {
      response.destroy()
      return
    }
  }
  response.end()
}

async function drip(response: ServerResponse, body: Buffer, { bytes, delayMs }: { bytes: number; delayMs: number }) {
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes))
    await sleep(delayMs)
  }
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()]
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else response.setHeader(name, value)
  }
  response.writeHead(status)
}

/** A proxy that makes tunnels (CONNECT) and passes plain requests on, and writes down where to. */
export interface TestProxy extends AsyncDisposable {
  readonly url: string
  readonly targets: readonly string[]
}

/** @param allTo the port of this machine that answers for whatever host is asked for; absent is that host itself */
export async function startProxy({ allTo }: { readonly allTo?: number } = {}): Promise<TestProxy> {
  const targets: string[] = []
  const sockets = new Set<Socket>()
  const server = createSocketServer((client) => {
    sockets.add(client)
    client.on('error', () => undefined)
    client.on('close', () => sockets.delete(client))
    client.once('data', (first: Buffer) => {
      const [method = '', target = ''] = first.toString('latin1').split(' ')
      const { host, hostname, port } = new URL(method === 'CONNECT' ? `http://${target}` : target)
      targets.push(`${method} ${host}`)
      const upstream = allTo === undefined ? connect(Number(port), hostname) : connect(allTo, '127.0.0.1')
      sockets.add(upstream)
      upstream.on('error', () => client.destroy())
      upstream.on('close', () => client.destroy())
      if (method === 'CONNECT') client.write('HTTP/1.1 200 OK\r\n\r\n')
      else upstream.write(first)
      client.pipe(upstream).pipe(client)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    targets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
