export interface ExpiringCache<V> {
  get(key: string): V | undefined
  set(key: string, value: V, ttlMs: number): void
}

/** What was put in last stays, until its time is over. @param now milliseconds that only go forward */
export function createExpiringCache<V>(size: number, now: () => number): ExpiringCache<V> {
  const entries = new Map<string, { readonly value: V; readonly until: number }>()
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      if (now() < entry.until) return entry.value
      entries.delete(key)
      return undefined
    },
    set(key, value, ttlMs) {
      entries.delete(key)
      entries.set(key, { value, until: now() + ttlMs })
      const [oldest] = entries.keys()
      if (entries.size > size && oldest !== undefined) entries.delete(oldest)
    },
  }
}
