const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls the listener when the signal aborts, by one listener of the signal for all of them: it goes through all that it has for each that comes
 * or goes, and ten thousand renderings wait for one signal. @returns how to take it back
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = waiting.get(signal) ?? listenersOf(signal)
  // Each call has an entry of its own.
  const entry = (): void => listener()
  listeners.add(entry)
  return () => listeners.delete(entry)
}

function listenersOf(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>()
  waiting.set(signal, listeners)
  const callAll = (): void => {
    for (const listener of listeners) {
      listeners.delete(listener)
      listener()
    }
  }
  signal.addEventListener('abort', callAll, { once: true })
  return listeners
}
