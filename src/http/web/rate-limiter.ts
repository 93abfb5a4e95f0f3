import type { WebConfig } from '../../config/web/web-config.ts'

/** A bucket that holds `burst` requests and gets one back each interval. @param now milliseconds that only go forward */
export function createRateLimiter(now: () => number): { admits(limit: WebConfig['rateLimit']): boolean } {
  let key = ''
  let left = 0
  let at = 0
  return {
    admits(limit) {
      if (limit === undefined) return true
      const { intervalMs, burst } = limit
      const time = now()
      const asked = `${intervalMs} ${burst}`
      left = asked === key ? Math.min(burst, left + (time - at) / intervalMs) : burst
      key = asked
      at = time
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
