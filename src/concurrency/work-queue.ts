/** Jobs by key: one that waits is not added twice, one that runs is run again afterwards. */
export interface WorkQueue<Key> {
  /** `urgent` goes before `routine`; adding as urgent what waits as routine moves it. */
  add(key: Key, priority: 'urgent' | 'routine'): void
  remove(key: Key): void
  /** How many wait or run. */
  readonly length: number
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>
}

/**
 * @param atOnce jobs mostly wait for Git and for renderings, so several may be under way
 * @param run never rejects
 */
export function createWorkQueue<Key>(atOnce: number, run: (key: Key) => Promise<void>): WorkQueue<Key> {
  const urgent = new Set<Key>()
  const routine = new Set<Key>()
  const running = new Set<Key>()
  const waiting: (() => void)[] = []

  function next(): Key | undefined {
    for (const queue of [urgent, routine]) {
      for (const key of queue) {
        if (running.has(key)) continue
        queue.delete(key)
        return key
      }
    }
    return undefined
  }

  function pump(): void {
    while (running.size < atOnce) {
      const key = next()
      if (key === undefined) break
      running.add(key)
      void run(key).finally(() => {
        running.delete(key)
        pump()
      })
    }
    if (running.size === 0 && urgent.size + routine.size === 0) for (const resolve of waiting.splice(0)) resolve()
  }

  let pumping = false
  return {
    add(key, priority) {
      if (priority === 'urgent') {
        routine.delete(key)
        urgent.add(key)
      } else if (!urgent.has(key)) {
        routine.add(key)
      }
      if (pumping) return
      pumping = true
      // Deferred, so that keys added in one turn start in order of priority.
      setImmediate(() => {
        pumping = false
        pump()
      })
    },
    remove(key) {
      urgent.delete(key)
      routine.delete(key)
    },
    get length() {
      return urgent.size + routine.size + running.size
    },
    idle() {
      if (running.size + urgent.size + routine.size === 0) return Promise.resolve()
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}
