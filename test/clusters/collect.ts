import type { ClusterConnector, ClusterEvent, ObserveOptions } from '../../src/model/clusters/cluster.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import type { GroupKind } from '../../src/model/object.ts'

/** The events of one observation so far, as short texts: `Upsert default/a`, `Synced`, `Lost GDE_…`, `Ended GDE_…`. */
export interface Observation<E = ClusterEvent> extends AsyncDisposable {
  readonly events: readonly E[]
  readonly eventTexts: readonly string[]
  /** What ended it, if anything did. */
  readonly failure: Failure | undefined
  /** Waits for an event with this text; returns all since the last wait, in order. */
  until(describe: string): Promise<readonly string[]>
  stop(): Promise<void>
}

/** Nothing takes that long: this turns a hang into a failure that shows the events. */
const DEADLINE_MS = 30_000

export function toEventText(event: ClusterEvent): string {
  switch (event.type) {
    case 'Upsert':
      return `Upsert ${event.object.metadata.namespace ?? ''}/${event.object.metadata.name}`
    case 'Recalled':
    case 'Unread':
      return `${event.type} ${event.key.namespace}/${event.key.name}`
    case 'Delete':
      return `Delete ${event.key.namespace}/${event.key.name}`
    case 'Synced':
      return 'Synced'
    case 'Lost':
      return `Lost ${event.failure.code}`
    default:
      return event satisfies never
  }
}

export function observe(connector: ClusterConnector, kind: GroupKind, options: ObserveOptions = {}): Observation {
  return collect((signal) => connector.observe(kind, options, signal), toEventText)
}

export function collect<E>(
  open: (signal: AbortSignal) => AsyncIterable<E>,
  describe: (event: E) => string,
): Observation<E> {
  const stop = new AbortController()
  const events: E[] = []
  const eventTexts: string[] = []
  let failure: Failure | undefined
  let read = 0
  let wake = (): void => undefined
  const add = (text: string) => {
    eventTexts.push(text)
    wake()
  }
  const running = (async () => {
    try {
      for await (const event of open(stop.signal)) {
        events.push(event)
        add(describe(event))
      }
      add('Ended')
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      failure = error.failure
      add(`Ended ${error.failure.code}`)
    }
  })()
  const close = async () => {
    stop.abort()
    await running
  }
  return {
    events,
    eventTexts,
    get failure() {
      return failure
    },
    until: async (wanted) => {
      const deadline = AbortSignal.timeout(DEADLINE_MS)
      for (;;) {
        const at = eventTexts.indexOf(wanted, read)
        if (at !== -1) {
          const since = eventTexts.slice(read, at + 1)
          read = at + 1
          return since
        }
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        deadline.addEventListener('abort', () => resolve(), { once: true })
        if (deadline.aborted)
          throw new Error(`"${wanted}" did not come; what came:\n${eventTexts.slice(read).join('\n')}`)
        await promise
      }
    },
    stop: close,
    [Symbol.asyncDispose]: close,
  }
}
