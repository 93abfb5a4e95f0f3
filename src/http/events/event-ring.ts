/** A bounded memory of what happened, in order. */
export interface EventRing<E> {
  /** The number of the last event; 0 before the first. */
  readonly last: number
  /** @returns the number of the event */
  add(event: E, bytes: number): number
  /** What came after the event of that number; undefined where some of it is forgotten, or where there never was such an event. */
  since(number: number): readonly (readonly [number: number, event: E])[] | undefined
}

export interface RingLimits {
  readonly events: number
  readonly bytes: number
}

export function createEventRing<E>(limits: RingLimits): EventRing<E> {
  const kept: { readonly event: E; readonly bytes: number }[] = []
  /** How many were forgotten: the first of `kept` has the number after that. */
  let forgotten = 0
  let start = 0
  let bytes = 0

  function forgetOldest(): void {
    bytes -= kept[start]?.bytes ?? 0
    start += 1
    forgotten += 1
    // An array that is cut at its begin each time is copied each time.
    if (start < 1000 || start < kept.length / 2) return
    kept.splice(0, start)
    start = 0
  }

  return {
    get last() {
      return forgotten + kept.length - start
    },
    add(event, size) {
      kept.push({ event, bytes: size })
      bytes += size
      while (kept.length - start > limits.events || (bytes > limits.bytes && kept.length > start)) forgetOldest()
      return forgotten + kept.length - start
    },
    since(number) {
      if (number < forgotten || number > forgotten + kept.length - start) return undefined
      return kept.slice(start + number - forgotten).map(({ event }, index) => [number + index + 1, event] as const)
    },
  }
}
