/**
 * Lets clusters begin one after another, so that a large fleet has its first verdicts after seconds: with all at once every cluster is
 * done when the last one is. Only those take a place that have answered, so a dead cluster holds up nobody.
 */
export interface ClusterAdmission {
  /** Calls `enter` when there is a place, at once if there is one now. */
  ask(cluster: string, enter: () => void): void
  /** It has read what its apps need, or does not any more: the next one may begin. */
  leave(cluster: string): void
}

/** Enough that servers which are far away are waited for together. */
const AT_ONCE = 16
/** A cluster that reads for longer is no reason for others to wait any longer. */
const LONGEST_MS = 10_000

export function createClusterAdmission(atOnce: number = AT_ONCE, longestMs: number = LONGEST_MS): ClusterAdmission {
  const waiting = new Map<string, () => void>()
  const inside = new Map<string, NodeJS.Timeout>()

  function leave(cluster: string): void {
    waiting.delete(cluster)
    const timer = inside.get(cluster)
    if (timer === undefined) return
    clearTimeout(timer)
    inside.delete(cluster)
    fill()
  }

  function fill(): void {
    for (const [cluster, enter] of waiting) {
      if (inside.size >= atOnce) return
      waiting.delete(cluster)
      inside.set(cluster, setTimeout(() => leave(cluster), longestMs).unref())
      enter()
    }
  }

  return {
    ask(cluster, enter) {
      waiting.set(cluster, enter)
      fill()
    },
    leave,
  }
}
