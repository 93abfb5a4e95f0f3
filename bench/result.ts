/** One row of a result: what was measured, and its figures by column name (`plain`, `gzip`, `p99` …). */
export interface BenchRow {
  readonly label: string
  /** Medians, in the result's unit. */
  readonly values: Readonly<Record<string, number>>
  /** Of speeds. Absent: the less, the better. */
  readonly better?: 'more'
  /** What is promised of this row alone. */
  readonly goal?: Goal
}

/** How many times faster or smaller ours is, unless it is the better the less it is. */
export interface Ratio {
  readonly label: string
  readonly value: number
  readonly better?: 'less'
}

/** A promise, and whether this run kept it. */
export interface Goal {
  readonly text: string
  readonly met: boolean
}

/** One table of bench/RESULTS.md. Every `bench/*.bench.ts` exports `run(): Promise<readonly BenchResult[]>`. */
export interface BenchResult {
  readonly name: string
  /** Of all values: `ms`, `MB`, `pairs/s` … */
  readonly unit: string
  readonly rows: readonly BenchRow[]
  /** Ours against the other, measured side by side in one run: the number that can be trusted from machine to machine. */
  readonly ratio?: Ratio
  /** Of the result as a whole: of its ratio, where it has one. */
  readonly target?: Goal
  /** How it was measured, and what it does not show. */
  readonly note?: string
}

/** @throws RangeError when there is nothing to take the median of */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  if (upper === undefined || lower === undefined) throw new RangeError('no values')
  return (lower + upper) / 2
}
