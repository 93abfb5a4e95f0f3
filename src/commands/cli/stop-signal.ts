/** Ctrl-C arrives twice at once, from the terminal and from the launcher: only a later signal forces the exit. */
const IMPATIENT_AFTER_MS = 1_000

/** Aborted by SIGINT, SIGTERM, or when the launcher of the process is gone. A second signal ends it at once. */
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
  // The launcher's channel must not keep the process alive when its command has ended.
  process.channel?.unref()
  return controller.signal
}
