import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Agent, type Dispatcher, request as send } from 'undici'
import { sendStatus } from './scripted-api-server.ts'

/** What is answered in place of the server. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What becomes of one line of a watch; `cut` ends the connection after it. */
export interface MeddledLine {
  readonly text: string
  readonly cut?: true
}

/** Between an exporter and a real API server: passes everything on, but for what a test changes. */
export interface MeddlingProxy extends AsyncDisposable {
  readonly url: string
  /** Answered in place of the server; undefined passes the request on. */
  refuse: (url: URL) => Refusal | undefined
  meddle: (line: string) => MeddledLine
  /** Ends all connections. */
  cut(): void
}

const asItIs = (line: string): MeddledLine => ({ text: `${line}\n` })

/** @param server where it is and the authority of its certificate */
export async function startMeddlingProxy(server: {
  readonly url: string
  readonly caData: string
}): Promise<MeddlingProxy> {
  const agent = new Agent({ connect: { ca: server.caData }, headersTimeout: 0, bodyTimeout: 0 })
  const open = new Set<ServerResponse>()
  const proxy: Pick<MeddlingProxy, 'refuse' | 'meddle'> = { refuse: () => undefined, meddle: asItIs }

  async function pass(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { host: _host, connection: _connection, ...headers } = request.headers
    const answer: Dispatcher.ResponseData = await send(`${server.url}${request.url}`, {
      dispatcher: agent,
      method: request.method === 'PATCH' ? 'PATCH' : 'GET',
      headers,
      signal,
      ...(request.method === 'PATCH' && { body: request }),
    })
    const { connection: _, 'transfer-encoding': __, ...answered } = answer.headers
    response.writeHead(answer.statusCode, answered).flushHeaders()
    if (!request.url?.includes('watch=1')) return pipeline(answer.body, response)
    let rest = ''
    for await (const bytes of answer.body) {
      const lines = (rest + bytes).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { text, cut } = proxy.meddle(line)
        response.write(text)
        if (cut === undefined) continue
        // What was written goes out before the end comes.
        setImmediate(() => response.destroy())
        return
      }
    }
    response.end()
  }

  const listener = createServer((request, response) => {
    open.add(response)
    const gone = new AbortController()
    response.on('close', () => {
      open.delete(response)
      gone.abort()
    })
    const refusal = proxy.refuse(new URL(request.url ?? '/', 'http://proxy'))
    if (refusal === undefined) pass(request, response, gone.signal).catch(() => response.destroy())
    else sendStatus(response, refusal.status, refusal.message, { ...refusal.headers })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const cut = (): void => {
    for (const response of open) response.destroy()
  }
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    async [Symbol.asyncDispose]() {
      listener.close()
      cut()
      await agent.destroy()
    },
  })
}
