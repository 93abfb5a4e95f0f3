/** Of one address: as many at once, and one more each second. */
const BURST = 60
const REFILL_MS = 1000
/** Addresses that are remembered; beyond that the one that was quiet longest is forgotten. */
const MOST_SOURCES = 4096

/** Limits events by the address that they come from. @param now milliseconds that only go forward */
export function createSourceLimits(now: () => number): { admits(source: string): boolean } {
  const buckets = new Map<string, { readonly left: number; readonly at: number }>()
  return {
    admits(source) {
      const time = now()
      const known = buckets.get(source)
      const left = known === undefined ? BURST : Math.min(BURST, known.left + (time - known.at) / REFILL_MS)
      buckets.delete(source)
      const [oldest] = buckets.keys()
      if (buckets.size >= MOST_SOURCES && oldest !== undefined) buckets.delete(oldest)
      buckets.set(source, { left: left < 1 ? left : left - 1, at: time })
      return left >= 1
    },
  }
}
