import { isMainThread } from 'node:worker_threads'

/**
 * Loaded before each test file: ends the file that hangs, so that the other files' results are known. The runner's own limit ends a
 * test, but not the hooks after it, nor what keeps the event loop alive.
 */
const LIMIT_MINUTES = 20

if (isMainThread) {
  setTimeout(() => {
    const busyWith = [...new Set(process.getActiveResourcesInfo())].join(', ')
    console.error(`${process.argv[1]} did not end within ${LIMIT_MINUTES} minutes; what keeps it: ${busyWith}`)
    process.exit(1)
  }, LIMIT_MINUTES * 60_000).unref()
}
