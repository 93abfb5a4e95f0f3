import type { Runtime } from '../../../src/threads/runtime.ts'

const TIMEOUT_MS = 90_000

/**
 * Waits until the runtime's reports satisfy a condition.
 * @param seen the state to show in the error when they never do
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
    TIMEOUT_MS,
  )
  check()
  await promise.finally(() => {
    clearTimeout(timer)
    stop()
  })
}
