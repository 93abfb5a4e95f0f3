/** Ctrl-C reaches the program twice at once, from the terminal and from the launcher: only a later one is impatience. */
const IMPATIENT_AFTER_MS = 1_000

/** Aborted when the process is asked to stop: SIGINT, SIGTERM, or the launcher that started it is gone. Asked again, it ends at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  let askedAt: number | undefined
  const stop = (): void => {
    if (askedAt !== undefined && performance.now() - askedAt > IMPATIENT_AFTER_MS) process.exit(2)
    askedAt ??= performance.now()
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('disconnect', stop)
  // The launcher's channel alone must not keep a command that is done from ending.
  process.channel?.unref()
  return controller.signal
}
