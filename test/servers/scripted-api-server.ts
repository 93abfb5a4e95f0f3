import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Certificate } from './certificate.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void

/** A server that answers as a test wants it: what a real API server never does. */
export interface ScriptedApiServer extends AsyncDisposable {
  readonly url: string
  /** Every request so far: `GET /api?…`. */
  readonly requests: readonly string[]
  /** When each of them came, by `performance.now()`. */
  readonly times: readonly number[]
  /** From now on requests for this path (without its query) are answered so. */
  answer(path: string, answer: Answer): void
  /** Ends every connection at once. */
  cut(): void
  close(): Promise<void>
}

export function sendJson(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** An error as Kubernetes words it. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  message: string,
  headers: Record<string, string> = {},
) {
  sendJson(response, { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, message }, code, headers)
}

/** What an API server says of itself; its one group of kinds is the core. */
const DEFAULTS: Readonly<Record<string, Answer>> = {
  '/version': (_, response) => sendJson(response, { gitVersion: 'v1.33.0' }),
  '/openapi/v3': (_, response) => sendJson(response, { paths: {} }),
  '/apis': (_, response) => sendJson(response, discovery([])),
  '/api': (_, response) =>
    sendJson(response, discovery([group('', 'v1', [kind('ConfigMap', 'configmaps'), kind('Secret', 'secrets')])])),
}

const ALL_VERBS = ['get', 'list', 'watch'] as const

export function kind(name: string, resource: string, verbs: readonly string[] = ALL_VERBS): object {
  return { resource, responseKind: { kind: name }, scope: 'Namespaced', verbs }
}

export function group(name: string, version: string, resources: readonly object[], freshness = 'Current'): object {
  return { metadata: { name }, versions: [{ version, freshness, resources }] }
}

export function discovery(items: readonly object[]): object {
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items }
}

export async function startScriptedApiServer(tls?: Certificate): Promise<ScriptedApiServer> {
  const answers = new Map<string, Answer>(Object.entries(DEFAULTS))
  const requests: string[] = []
  const times: number[] = []
  const sockets = new Set<Socket>()
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`)
    times.push(performance.now())
    const url = new URL(request.url ?? '/', 'http://server')
    const answer = answers.get(url.pathname)
    if (answer === undefined) sendStatus(response, 404, 'the server could not find the requested resource')
    else answer(request, response, url)
  }
  const server =
    tls === undefined ? createServer(handle) : createTlsServer({ cert: tls.certificate, key: tls.key }, handle)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const close = async () => {
    if (!server.listening) return
    server.close()
    cut()
    await once(server, 'close')
  }
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    requests,
    times,
    answer: (path, answer) => answers.set(path, answer),
    cut,
    close,
    [Symbol.asyncDispose]: close,
  }
}
