/** Waits for shared work until the signal aborts; the work itself goes on for others who wait for it. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    // Nobody may be waiting for it, and an error that nobody waits for ends the thread.
    work.catch(() => undefined)
    throw signal.reason
  }
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
    // Nobody waits for it when the work ended first.
    aborted.promise.catch(() => undefined)
  }
}
