import type { ClusterEvent } from '../model/clusters/cluster.ts'

/**
 * Merges the streams of several namespaces into one. `Synced` comes when all are synced. `Lost` comes with the first
 * that is lost; all the others are restarted then, since after `Lost` a consumer expects every object again.
 */
export async function* mergeScopes(
  open: readonly ((signal: AbortSignal) => AsyncGenerator<ClusterEvent>)[],
  signal: AbortSignal,
): AsyncGenerator<ClusterEvent> {
  const ended = new AbortController()
  const all = AbortSignal.any([signal, ended.signal])
  const handoff = createHandoff<{ readonly from: number; readonly generation: number; readonly event: ClusterEvent }>()
  /** A restarted scope gets the next generation; events of the previous one are dropped. */
  const scopes = open.map(() => ({ generation: 0, synced: false, resumed: false, stop: new AbortController() }))

  async function pump(from: number): Promise<void> {
    const state = scopes[from]
    const scope = open[from]
    if (state === undefined || scope === undefined) return
    const { generation } = state
    state.stop = new AbortController()
    try {
      for await (const event of scope(AbortSignal.any([all, state.stop.signal]))) {
        if (state.generation !== generation) return
        await handoff.put({ from, generation, event })
      }
    } catch (error) {
      if (state.generation === generation) handoff.fail(error)
    }
  }

  function restartOthers(except: number): void {
    for (const [from, state] of scopes.entries()) {
      state.synced = false
      state.resumed = false
      if (from === except) continue
      state.generation += 1
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
      const { from, generation, event } = next
      const state = scopes[from]
      if (state === undefined || state.generation !== generation) continue
      if (event.type === 'Synced') {
        state.synced = true
        state.resumed = event.resumed === true
        if (synced || !scopes.every((other) => other.synced)) continue
        synced = true
        lost = false
        yield scopes.some(({ resumed }) => resumed) ? { type: 'Synced', resumed: true } : { type: 'Synced' }
        continue
      } else if (event.type === 'Lost') {
        // Already lost: this scope lists everything again by itself, and the others were restarted.
        state.synced = false
        if (lost) continue
        restartOthers(from)
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

/** Hands values over one at a time: `put` resolves when the value was taken. */
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
