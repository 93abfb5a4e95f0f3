export type MetricType = 'gauge' | 'counter' | 'histogram'

/** A metric as the catalogue, the docs and the exposition know it. */
export interface Family {
  /** As the text format has it: counters end in `_total`. */
  readonly name: string
  readonly type: MetricType
  /** One line. */
  readonly help: string
  /** Besides the common labels of its group. `label_*` stands for labels taken from apps or clusters. */
  readonly labels: readonly string[]
  /** `stable` names change only with a changelog entry and a deprecation; `experimental` ones with an entry alone. */
  readonly stability: 'stable' | 'experimental'
  /** When there are series, in a few words. */
  readonly presence: string
}

/** One series of a family: values in the order of `Family.labels`, `label_*` in `dynamic`. */
export interface Series {
  readonly values: readonly string[]
  readonly dynamic?: readonly Label[]
  readonly value: number
}

export type Label = readonly [name: string, value: string]

/** A family whose series follow from one item alone: an app's report, a cluster's, a repository's. */
export interface ItemFamily<Item> extends Family {
  readonly series: (item: Item) => readonly Series[]
  /** Whether its series follow from those of other families, and are left out unless somebody wants them: `metrics.impliedSeries`. */
  readonly isImplied?: (item: Item) => boolean
  /** It tells when the item was looked at: its series are others though all that was found is as before. */
  readonly isVolatile?: true
}

/** Families that share their first labels. */
export interface FamilyGroup<Item> {
  readonly common: readonly string[]
  readonly commonValues: (item: Item) => readonly string[]
  readonly families: readonly ItemFamily<Item>[]
}

/** A metric about the exporter itself, held by prom-client. */
export interface InstrumentFamily extends Family {
  readonly buckets?: readonly number[]
}

/** A family that has just one series for its item. */
export function oneSeries(value: number, values: readonly string[] = []): readonly Series[] {
  return [{ values, value }]
}

/** One series without labels of its own while the value is known, none else. */
export function seriesOf(value: number | undefined): readonly Series[] {
  return value === undefined ? [] : oneSeries(value)
}

/** What is not there is zero: a series for each state that nothing has would be most of what there is to scrape. */
export function withoutZeros(series: readonly Series[]): readonly Series[] {
  return series.filter(({ value }) => value !== 0)
}

/** One series, 1, while it holds. */
export function whileTrue(holds: boolean | undefined): readonly Series[] {
  return holds === true ? oneSeries(1) : []
}
