/** The candidate that was probably meant, or undefined when none is near: for "did you mean". */
export function nearestName(written: string, candidates: Iterable<string>): string | undefined {
  const allowed = Math.max(1, Math.floor(written.length / 3))
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const name of candidates) {
    if (Math.abs(name.length - written.length) > allowed) continue
    const distance = editDistance(written.toLowerCase(), name.toLowerCase())
    if (distance <= allowed && (best === undefined || distance < best.distance)) best = { name, distance }
  }
  return best?.name
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  const nearest = nearestName(written, candidates)
  return nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current: number[] = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[to.length] ?? 0
}
