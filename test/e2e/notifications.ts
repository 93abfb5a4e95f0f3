import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Json } from '../../src/model/json.ts'
import { at, listAt } from '../servers/http-json.ts'
import { strings } from '../servers/prometheus.ts'

/** What Alertmanager sends to people. */
export interface Notifications extends AsyncDisposable {
  readonly url: string
  /** Each time that an alert began or ended, `firing NAME …` or `resolved NAME …`, in order. */
  readonly turns: readonly string[]
  /** The alerts that have begun and not ended. */
  firing(): readonly string[]
  close(): Promise<void>
}

/** @param nameOf an alert by its labels */
export async function receiveNotifications(
  nameOf: (labels: Readonly<Record<string, string>>) => string,
): Promise<Notifications> {
  const turns: string[] = []
  const last = new Map<string, string>()
  const record = (body: Json) => {
    for (const alert of listAt(body, 'alerts')) {
      const name = nameOf(strings(at(alert, 'labels')))
      const status = String(at(alert, 'status'))
      if (last.get(name) === status) continue
      last.set(name, status)
      turns.push(`${status} ${name}`)
    }
  }
  const server = createServer(async (request, response) => {
    record(JSON.parse(await text(request)))
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    turns,
    firing: () => [...last].flatMap(([name, status]) => (status === 'firing' ? [name] : [])),
    close,
    [Symbol.asyncDispose]: close,
  }
}
