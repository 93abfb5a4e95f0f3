import type { ClusterEvent } from '../model/cluster.ts'

/**
 * One stream from those of several namespaces. `Synced` when all are; `Lost` with the first that is lost, and then all the others
 * tell everything anew, for that is what `Lost` means to whoever listens.
 */
export async function* mergeScopes(
  open: readonly ((signal: AbortSignal) => AsyncGenerator<ClusterEvent>)[],
  signal: AbortSignal,
): AsyncGenerator<ClusterEvent> {
  const ended = new AbortController()
  const all = AbortSignal.any([signal, ended.signal])
  const handoff = createHandoff<{ readonly from: number; readonly turn: number; readonly event: ClusterEvent }>()
  /** A scope that was begun anew has another turn; what the old one still says is dropped. */
  const turns = open.map(() => ({ turn: 0, synced: false, stop: new AbortController() }))

  async function pump(from: number): Promise<void> {
    const state = turns[from]
    const scope = open[from]
    if (state === undefined || scope === undefined) return
    const { turn } = state
    state.stop = new AbortController()
    try {
      for await (const event of scope(AbortSignal.any([all, state.stop.signal]))) {
        if (state.turn !== turn) return
        await handoff.put({ from, turn, event })
      }
    } catch (error) {
      if (state.turn === turn) handoff.fail(error)
    }
  }

  function beginAnew(except: number): void {
    for (const [from, state] of turns.entries()) {
      state.synced = false
      if (from === except) continue
      state.turn += 1
      state.stop.abort()
      void pump(from)
    }
  }

  signal.addEventListener('abort', () => handoff.end(), { once: true })
  if (signal.aborted) return
  for (const from of open.keys()) void pump(from)
  let lost = false
  let synced = false
  try {
    for (;;) {
      const next = await handoff.take()
      if (next === undefined) return
      const { from, turn, event } = next
      const state = turns[from]
      if (state === undefined || state.turn !== turn) continue
      if (event.type === 'Synced') {
        state.synced = true
        if (synced || !turns.every((other) => other.synced)) continue
        synced = true
        lost = false
      } else if (event.type === 'Lost') {
        // Already lost: that scope tells all of its own anew, and the others have begun.
        state.synced = false
        if (lost) continue
        beginAnew(from)
        lost = true
        synced = false
      }
      yield event
    }
  } finally {
    ended.abort()
    handoff.end()
  }
}

/** Hands values over one at a time: whoever puts waits until the value was taken. */
function createHandoff<T>() {
  const offered: { readonly value: T; readonly taken: () => void }[] = []
  let waiting:
    | { readonly resolve: (value: T | undefined) => void; readonly reject: (error: unknown) => void }
    | undefined
  let failure: { readonly error: unknown } | undefined
  let ended = false
  return {
    put: (value: T): Promise<void> =>
      new Promise((resolve) => {
        if (ended) return resolve()
        if (waiting === undefined) {
          offered.push({ value, taken: resolve })
          return
        }
        const taker = waiting
        waiting = undefined
        resolve()
        taker.resolve(value)
      }),
    take: (): Promise<T | undefined> =>
      new Promise((resolve, reject) => {
        const next = offered.shift()
        if (next !== undefined) {
          next.taken()
          resolve(next.value)
        } else if (failure !== undefined) reject(failure.error)
        else if (ended) resolve(undefined)
        else waiting = { resolve, reject }
      }),
    fail: (error: unknown): void => {
      failure ??= { error }
      waiting?.reject(error)
      waiting = undefined
    },
    end: (): void => {
      ended = true
      for (const { taken } of offered.splice(0)) taken()
      waiting?.resolve(undefined)
      waiting = undefined
    },
  }
}
