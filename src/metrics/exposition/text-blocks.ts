import { createEventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import { pause } from '../../concurrency/pause.ts'
import type { FamilyGroup } from '../families/family.ts'
import { type GzipBlock, makeGzipBlock, textDigest } from './gzip-block.ts'
import { commonText, familyText } from './series-text.ts'

/** Text of the items of one group, kept between scrapes: a scrape renders anew only what changed since it was last rendered. */
export interface TextBlocks<Item> {
  set(key: string, item: Item): void
  /** The same of an item that was found as before: what its volatile families tell is made anew, and nothing else. */
  refresh(key: string, item: Item): void
  delete(key: string): void
  /** Current text blocks of the family with this index in the group. */
  of(family: number): readonly GzipBlock[]
  /** Renders what waits, at once. Resolves when every item that was set or deleted so far has been rendered. */
  flushed(): Promise<void>
  close(): void
}

export interface TextBlocksOptions {
  /** Items in one partition. */
  readonly partitionSize?: number
  /** Called when rendering failed, which is a bug; the old text stays. */
  readonly onError: (error: unknown) => void
}

/** How long rendering may block the event loop. */
const SLICE_MS = 4
/**
 * How long changes are collected while nobody asks: one app that changes has the text of its whole partition made anew, so that doing it
 * for each change, or each second, would cost more than all the rest of it. Who asks has what changed made at once.
 */
const GATHER_MS = 10_000
/** And how many times as long as rendering took: where verdicts of a large fleet come in, every second nearly all partitions have changed. */
const REST = 10

/** What of a partition has to be made anew. */
type Outdated = 'all' | 'volatile'

interface Partition<Item> {
  readonly items: Map<string, Item>
  textBlocks: readonly GzipBlock[]
}

/**
 * Items are spread over partitions of `partitionSize`; a change marks its partition dirty. The text blocks of one
 * partition (one a family) are replaced together, so that no scrape sees an old status in one family and a new one in
 * another.
 */
export function createTextBlocks<Item>(group: FamilyGroup<Item>, options: TextBlocksOptions): TextBlocks<Item> {
  const partitionSize = options.partitionSize ?? 250
  const partitions = new Set<Partition<Item>>()
  const partitionOf = new Map<string, Partition<Item>>()
  const withRoom = new Set<Partition<Item>>()
  const closing = new AbortController()
  let gathering = new AbortController()
  let dirty = new Map<Partition<Item>, Outdated>()
  let working = false
  let changes = 0
  let renderedChanges = 0
  let waiting: { readonly changes: number; readonly resolve: () => void }[] = []

  function partitionFor(key: string): Partition<Item> {
    const known = partitionOf.get(key)
    if (known !== undefined) return known
    const partition = withRoom.values().next().value ?? { items: new Map(), textBlocks: [] }
    partitions.add(partition)
    withRoom.add(partition)
    partitionOf.set(key, partition)
    return partition
  }

  function markDirty(partition: Partition<Item>, outdated: Outdated): void {
    if (dirty.get(partition) !== 'all') dirty.set(partition, outdated)
    changes += 1
    if (working || closing.signal.aborted) return
    working = true
    work().catch(options.onError)
  }

  async function work(): Promise<void> {
    let tookMs = 0
    while (dirty.size > 0 && !closing.signal.aborted) {
      if (waiting.length === 0) await pause(Math.max(GATHER_MS, REST * tookMs), gathering.signal)
      gathering = new AbortController()
      const [batch, reached, begun] = [dirty, changes, performance.now()]
      dirty = new Map()
      for (const [partition, outdated] of batch)
        if (!closing.signal.aborted) await renderPartition(partition, outdated).catch(options.onError)
      renderedChanges = reached
      tookMs = performance.now() - begun
      release()
    }
    working = false
  }

  /** Resolves waiters whose changes are rendered; after `close` all of them, since nothing is rendered any more. */
  function release(): void {
    const ready = waiting.filter((waiter) => waiter.changes <= renderedChanges || closing.signal.aborted)
    waiting = waiting.filter((waiter) => !ready.includes(waiter))
    for (const { resolve } of ready) resolve()
  }

  async function renderPartition(partition: Partition<Item>, outdated: Outdated): Promise<void> {
    partition.textBlocks = await renderTextBlocks(group, partition, outdated)
    if (partition.items.size > 0) return
    partitions.delete(partition)
    withRoom.delete(partition)
  }

  return {
    set(key, item) {
      const partition = partitionFor(key)
      partition.items.set(key, item)
      if (partition.items.size >= partitionSize) withRoom.delete(partition)
      markDirty(partition, 'all')
    },
    refresh(key, item) {
      const partition = partitionOf.get(key)
      partition?.items.set(key, item)
      if (partition !== undefined) markDirty(partition, 'volatile')
    },
    delete(key) {
      const partition = partitionOf.get(key)
      if (partition === undefined) return
      partitionOf.delete(key)
      partition.items.delete(key)
      withRoom.add(partition)
      markDirty(partition, 'all')
    },
    of: (family) =>
      [...partitions].flatMap(({ textBlocks }) => {
        const textBlock = textBlocks[family]
        return textBlock === undefined || textBlock.length === 0 ? [] : [textBlock]
      }),
    flushed() {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ changes, resolve })
      release()
      if (waiting.length > 0) gathering.abort()
      return promise
    },
    close() {
      closing.abort()
      gathering.abort()
      release()
    },
  }
}

/** A block for each family; one whose text is as before stays the same block. Lets the event loop run in between. */
async function renderTextBlocks<Item>(
  group: FamilyGroup<Item>,
  partition: Partition<Item>,
  outdated: Outdated,
): Promise<readonly GzipBlock[]> {
  const entries = [...partition.items.values()].map((item) => ({ item, common: commonText(group, item) }))
  const textBlocks: GzipBlock[] = []
  const slice = createEventLoopSlice(SLICE_MS)
  for (const [index, family] of group.families.entries()) {
    const old = partition.textBlocks[index]
    if (outdated === 'volatile' && family.isVolatile !== true && old !== undefined) {
      textBlocks.push(old)
      continue
    }
    let text = ''
    for (const { item, common } of entries) text += familyText(family, common, item)
    const bytes = Buffer.from(text)
    if (old?.length === bytes.length && old.digest === textDigest(bytes)) textBlocks.push(old)
    else textBlocks.push(await makeGzipBlock(bytes))
    await slice.yieldIfBusy()
  }
  return textBlocks
}
