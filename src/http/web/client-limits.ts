import { createRateLimiter } from './rate-limiter.ts'

export interface ClientLimits {
  /** Whether one more request of this client may be answered. */
  admits(client: string): boolean
}

const CLIENTS = 1000

/**
 * A bucket for each client, so that one that asks without end takes nothing from others.
 * @param now milliseconds that only go forward
 * @param remembered clients at most; one that was forgotten begins with a full bucket
 */
export function createClientLimits(
  limit: { readonly intervalMs: number; readonly burst: number },
  now: () => number,
  remembered = CLIENTS,
): ClientLimits {
  const limiters = new Map<string, ReturnType<typeof createRateLimiter>>()
  return {
    admits(client) {
      const limiter = limiters.get(client) ?? createRateLimiter(now)
      limiters.delete(client)
      limiters.set(client, limiter)
      const [oldest] = limiters.keys()
      if (limiters.size > remembered && oldest !== undefined) limiters.delete(oldest)
      return limiter.admits(limit)
    },
  }
}
