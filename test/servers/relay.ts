import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A port that passes bytes on to another one, as a router or a load balancer does, and what goes wrong with these. */
export interface Relay extends AsyncDisposable {
  readonly port: number
  /** Connections that are open now. */
  readonly open: number
  /** The connections of this moment pass nothing on any more and do not end: their other end is gone. New ones are as usual. */
  forget(): void
  /** Ends the connections of this moment. */
  cut(): void
  /** From now on, each connection is cut after so many bytes of answers, wherever in an answer that is; undefined ends it. */
  cutAfter(bytes: number | undefined): void
}

export async function startRelay(target: number): Promise<Relay> {
  const pairs = new Set<{ readonly client: Socket; readonly server: Socket }>()
  let limit: number | undefined
  const listener = createServer((client) => {
    const server = connect(target, '127.0.0.1')
    const pair = { client, server }
    pairs.add(pair)
    let passed = 0
    const end = (): void => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    server.on('data', (bytes) => {
      passed += bytes.length
      if (limit === undefined || passed <= limit) return
      client.end(bytes.subarray(0, Math.max(0, bytes.length - (passed - limit))))
      end()
    })
    client.pipe(server)
    server.pipe(client)
    for (const socket of [client, server]) socket.on('close', end).on('error', end)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  const cut = (): void => {
    for (const { client } of pairs) client.destroy()
  }
  return {
    port: address.port,
    get open() {
      return pairs.size
    },
    forget() {
      for (const { client, server } of pairs) {
        client.unpipe(server)
        server.unpipe(client)
        server.pause()
        client.resume()
      }
    },
    cut,
    cutAfter(bytes) {
      limit = bytes
    },
    async [Symbol.asyncDispose]() {
      cut()
      listener.close()
      await once(listener, 'close')
    },
  }
}
