import { parsePointer } from '../kubernetes/json-pointer.ts'
import { isJsonObject, type Json } from '../model/json.ts'

/** Whether `inner` is `outer` or lies below it. */
export function holdsPointer(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`)
}

/**
 * The value without what the pointers point to; pointers to nothing are ignored. Indexes into a list mean those of the
 * original list, also when several items are removed.
 */
export function withoutPointers<T extends Json>(value: T, pointers: readonly string[]): T | undefined {
  const root = pruneOf(pointers)
  return root.removed ? undefined : prune(value, root)
}

interface Prune {
  removed: boolean
  readonly children: Map<string, Prune>
}

function pruneOf(pointers: readonly string[]): Prune {
  const root: Prune = { removed: false, children: new Map() }
  for (const pointer of pointers) {
    const steps = parsePointer(pointer)
    if (steps === undefined) continue
    let at = root
    for (const step of steps) {
      let next = at.children.get(step)
      if (next === undefined) {
        next = { removed: false, children: new Map() }
        at.children.set(step, next)
      }
      at = next
    }
    at.removed = true
  }
  return root
}

function prune<T extends Json>(value: T, { children }: Prune): T {
  if (children.size === 0) return value
  return pruneChildren(value, children) as T
}

function pruneChildren(value: Json, children: ReadonlyMap<string, Prune>): Json {
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index) => {
      const child = children.get(String(index))
      if (child === undefined) return [item]
      return child.removed ? [] : [prune(item, child)]
    })
  }
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).flatMap(([key, item]): [string, Json][] => {
    const child = children.get(key)
    if (child === undefined) return [[key, item]]
    return child.removed ? [] : [[key, prune(item, child)]]
  })
  return Object.fromEntries(entries)
}
