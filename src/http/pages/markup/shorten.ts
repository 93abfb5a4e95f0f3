import { isJsonObject, type Json } from '../../../model/json.ts'
import { VERDICT_LIMITS } from '../../../model/verdicts/verdict.ts'

/** Budget of one value, and of a page: a ConfigMap may hold a megabyte, a custom resource a thousand lines. */
const VALUE = { nodes: 300, text: VERDICT_LIMITS.valueBytes }
const PAGE = { nodes: 10_000, text: 1_000_000 }
const DEPTH = 20
const CUT = '…'

interface Budget {
  nodes: number
  text: number
}

/** Returns small values unchanged; in others long texts are cut, and what exceeds the budget is replaced by '…'. */
export type Shorten = (value: Json) => Json

/** One for each page: its budget keeps the page small enough to render and read. */
export function createShorten(): Shorten {
  const page: Budget = { ...PAGE }
  return (value) => {
    const granted = { nodes: Math.min(VALUE.nodes, page.nodes), text: Math.min(VALUE.text, page.text) }
    const left = { ...granted }
    const short = left.nodes <= 0 ? CUT : shorten(value, left, DEPTH)
    page.nodes -= granted.nodes - left.nodes
    page.text -= granted.text - left.text
    return short
  }
}

function shorten(value: Json, budget: Budget, depth: number): Json {
  budget.nodes -= 1
  if (typeof value === 'string') {
    const text = value.length > budget.text ? value.slice(0, Math.max(0, budget.text)) + CUT : value
    budget.text -= text.length
    return text
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return CUT
  if (Array.isArray(value)) {
    const items: Json[] = []
    for (const item of value) {
      if (budget.nodes <= 0) return [...items, CUT]
      items.push(shorten(item, budget, depth - 1))
    }
    return items
  }
  if (!isJsonObject(value)) return value
  const entries: [string, Json][] = []
  for (const key of Object.keys(value)) {
    if (budget.nodes <= 0) {
      entries.push([CUT, CUT])
      break
    }
    entries.push([key.slice(0, VERDICT_LIMITS.valueBytes), shorten(value[key] ?? null, budget, depth - 1)])
  }
  return Object.fromEntries(entries)
}
