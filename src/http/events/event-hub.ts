import { randomBytes } from 'node:crypto'
import { PassThrough, type Readable } from 'node:stream'
import type { Fleet } from '../../model/fleet.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Viewer } from '../access/viewer.ts'
import { createEventRing, type EventRing } from './event-ring.ts'
import { createEventReader, eventFor, type FleetEvent } from './fleet-event.ts'

export interface EventHub extends Disposable {
  readonly listeners: number
  /**
   * Begins to tell somebody what changes: first what came after the event that he had last.
   * @param who whose listeners are counted together
   * @returns undefined where there are too many
   */
  listen(listener: { readonly viewer: Viewer; readonly who: string; readonly lastId?: string }): Readable | undefined
  /** To be called every `HEARTBEAT_MS`: says that the connection lives, and ends those that have lasted long enough. */
  heartbeat(): void
  /** Ends all, who then ask again, elsewhere or later. */
  end(): void
}

export const HEARTBEAT_MS = 15_000
/** After ten minutes a listener has to come again, and is looked at again: his rights may be others. */
const HEARTBEATS = 40
const LISTENERS = 200
const LISTENERS_OF_ONE = 10
/** Who has not taken so much of what he was sent is dropped: he can come again, and is told that he missed something. */
const SLOW_BYTES = 256 * 1024
const RING = { events: 10_000, bytes: 4 * 1024 * 1024 }
/** Of an event beside its data. */
const OVERHEAD_BYTES = 400
/** How long a client waits before it comes again. */
const RETRY_MS = 3000

/** While somebody listens, and for ten minutes more: whoever comes again then has to read the lists anew. */
interface Run {
  readonly name: string
  readonly ring: EventRing<FleetEvent>
  idOf(number: number): string
  unsubscribe(): void
}

interface Listener {
  readonly viewer: Viewer
  readonly who: string
  readonly stream: PassThrough
  heartbeats: number
}

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) of what changes in the fleet. An id is `<run>-<number>`; whoever
 * names one of another run, or one that is forgotten, is told `reload`. While nobody listens nothing is remembered, and nothing is to pay.
 */
export function createEventHub(fleet: Fleet): EventHub {
  const listeners = new Set<Listener>()
  let run: Run | undefined
  /** Heartbeats since somebody listened. */
  let idle = 0

  function startRun(): Run {
    const ring = createEventRing<FleetEvent>(RING)
    const read = createEventReader(fleet)
    const name = randomBytes(6).toString('base64url')
    const idOf = (number: number): string => `${name}-${number}`
    const unsubscribe = fleet.subscribe((update) => {
      const event = read(update)
      if (event === undefined) return
      const number = ring.add(event, JSON.stringify(event.data).length + OVERHEAD_BYTES)
      for (const listener of listeners) send(listener, idOf(number), event)
    })
    return { name, ring, idOf, unsubscribe }
  }

  function endRun(): void {
    run?.unsubscribe()
    run = undefined
  }

  function send(listener: Listener, id: string, event: FleetEvent): void {
    const sent = eventFor(listener.viewer, event)
    if (sent !== undefined) write(listener, eventText(sent.type, id, sent.data))
  }

  function write(listener: Listener, text: string): void {
    const { stream } = listener
    stream.write(text)
    if (stream.writableLength + stream.readableLength <= SLOW_BYTES) return
    listeners.delete(listener)
    stream.destroy()
  }

  function begin(listener: Listener, lastId: string | undefined): void {
    run ??= startRun()
    const { name, ring, idOf } = run
    listener.stream.write(`retry: ${RETRY_MS}\n\n`)
    const { last } = ring
    if (lastId === undefined) {
      write(listener, eventText('ready', idOf(last), {}))
      return
    }
    const [, ofRun, number] = /^(.+)-(\d+)$/.exec(lastId) ?? []
    const missed = ofRun === name ? ring.since(Number(number)) : undefined
    if (missed === undefined) write(listener, eventText('reload', idOf(last), {}))
    for (const [at, event] of missed ?? []) send(listener, idOf(at), event)
  }

  function end(): void {
    for (const { stream } of listeners) stream.end()
    listeners.clear()
  }

  return {
    get listeners() {
      return listeners.size
    },
    listen({ viewer, who, lastId }) {
      const own = [...listeners].filter((listener) => listener.who === who).length
      if (listeners.size >= LISTENERS || own >= LISTENERS_OF_ONE) return undefined
      const stream = new PassThrough()
      const listener: Listener = { viewer, who, stream, heartbeats: 0 }
      listeners.add(listener)
      stream.once('close', () => listeners.delete(listener))
      begin(listener, lastId)
      return stream
    },
    heartbeat() {
      idle = listeners.size === 0 ? idle + 1 : 0
      if (idle >= HEARTBEATS) endRun()
      for (const listener of listeners) {
        listener.heartbeats += 1
        if (listener.heartbeats < HEARTBEATS) {
          write(listener, ': heartbeat\n\n')
          continue
        }
        listeners.delete(listener)
        listener.stream.end()
      }
    },
    end,
    [Symbol.dispose]() {
      endRun()
      end()
    },
  }
}

function eventText(type: string, id: string, data: JsonObject): string {
  // JSON has no line break of its own.
  return `event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}
