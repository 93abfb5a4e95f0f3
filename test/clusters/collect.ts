import type { ClusterConnector, ClusterEvent, ObserveOptions } from '../../src/model/cluster.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import type { GroupKind } from '../../src/model/object.ts'

/** What one observation told so far, in short words: `Upsert default/a`, `Synced`, `Lost GDE_…`, `Ended GDE_…`. */
export interface Observation<E = ClusterEvent> extends AsyncDisposable {
  readonly events: readonly E[]
  readonly words: readonly string[]
  /** What ended it, if anything did. */
  readonly failure: Failure | undefined
  /** Waits until a later event says this; gives all words since the last such wait, in order. */
  until(word: string): Promise<readonly string[]>
  stop(): Promise<void>
}

/** Nothing here takes that long: it only turns a hang into a failure that shows what was told. */
const DEADLINE_MS = 30_000

export function wordOf(event: ClusterEvent): string {
  switch (event.type) {
    case 'Upsert':
      return `Upsert ${event.object.metadata.namespace ?? ''}/${event.object.metadata.name}`
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
  return collect((signal) => connector.observe(kind, options, signal), wordOf)
}

export function collect<E>(
  open: (signal: AbortSignal) => AsyncIterable<E>,
  word: (event: E) => string,
): Observation<E> {
  const stop = new AbortController()
  const events: E[] = []
  const words: string[] = []
  let failure: Failure | undefined
  let read = 0
  let wake = (): void => undefined
  const tell = (said: string) => {
    words.push(said)
    wake()
  }
  const running = (async () => {
    try {
      for await (const event of open(stop.signal)) {
        events.push(event)
        tell(word(event))
      }
      tell('Ended')
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      failure = error.failure
      tell(`Ended ${error.failure.code}`)
    }
  })()
  const close = async () => {
    stop.abort()
    await running
  }
  return {
    events,
    words,
    get failure() {
      return failure
    },
    until: async (wanted) => {
      const deadline = AbortSignal.timeout(DEADLINE_MS)
      for (;;) {
        const at = words.indexOf(wanted, read)
        if (at !== -1) {
          const since = words.slice(read, at + 1)
          read = at + 1
          return since
        }
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        deadline.addEventListener('abort', () => resolve(), { once: true })
        if (deadline.aborted) throw new Error(`"${wanted}" was not told; told was:\n${words.slice(read).join('\n')}`)
        await promise
      }
    },
    stop: close,
    [Symbol.asyncDispose]: close,
  }
}
