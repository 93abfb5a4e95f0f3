import type { Runtime } from '../../../src/threads/runtime.ts'

const PATIENCE_MS = 90_000

/**
 * Waits until what the runtime told is so.
 * @param seen what is there instead, for the error when it never comes to it
 */
export async function untilFleet(
  { fleet }: Pick<Runtime, 'fleet'>,
  isSo: () => boolean,
  seen: () => unknown,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const check = (): void => {
    if (isSo()) resolve()
  }
  const stop = fleet.subscribe(check)
  const timer = setTimeout(
    () => reject(new Error(`it never came to it; seen last: ${JSON.stringify(seen())}`)),
    PATIENCE_MS,
  )
  check()
  await promise.finally(() => {
    clearTimeout(timer)
    stop()
  })
}
