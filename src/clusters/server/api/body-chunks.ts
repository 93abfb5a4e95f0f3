import { finished, type Readable } from 'node:stream'

/** Of chunks that wait: more are read when these are taken. */
const WAITING_BYTES = 64 * 1024

/**
 * The chunks of a stream as they came, those together that came since the last time. Its own iterator lays them together first, which copies each byte
 * into memory that is new each time: more than a quarter of the engine's page faults in a first pass.
 * @throws what the stream ends with, and where it ends too early
 */
export async function* chunksOf(body: Readable): AsyncGenerator<readonly Buffer[]> {
  let waiting: Buffer[] = []
  let bytes = 0
  let end: { readonly error: Error | null | undefined } | undefined
  let wake = (): void => undefined
  // It goes on listening: a stream that is given up may fail afterwards.
  finished(body, { writable: false }, (error) => {
    end = { error }
    wake()
  })
  body.on('data', (chunk: Buffer) => {
    waiting.push(chunk)
    bytes += chunk.length
    if (bytes >= WAITING_BYTES) body.pause()
    wake()
  })
  try {
    for (;;) {
      if (waiting.length > 0) {
        const chunks = waiting
        waiting = []
        bytes = 0
        yield chunks
        body.resume()
      } else if (end === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      } else if (end.error instanceof Error) throw end.error
      else return
    }
  } finally {
    body.destroy()
  }
}
