import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { FamilyGroup } from '../families/family.ts'
import { makeSegment, type Segment } from './gzip-block.ts'
import { commonText, familyText } from './series-text.ts'

/** Text of the items of one group, rendered ahead of scrapes: a scrape only takes what is ready. */
export interface TextBlocks<Item> {
  set(key: string, item: Item): void
  delete(key: string): void
  /** Current text blocks of the family with this index in the group. */
  of(family: number): readonly Segment[]
  /** Resolves when every item that was set or deleted so far has been rendered. */
  settled(): Promise<void>
  close(): void
}

export interface PagesOptions {
  /** Items in one partition. */
  readonly pageSize?: number
  /** Called when rendering failed, which is a bug; the old text stays. */
  readonly onError: (error: unknown) => void
}

/** How long rendering may block the event loop, and how long changes are collected before they are rendered. */
const SLICE_MS = 4
const GATHER_MS = 50

interface Block<Item> {
  readonly entries: Map<string, { readonly item: Item; readonly common: string }>
  textBlocks: readonly Segment[]
}

/**
 * Items are spread over partitions of `partitionSize`; a change marks its partition dirty. The text blocks of one
 * partition (one a family) are replaced together, so that no scrape sees an old status in one family and a new one in
 * another.
 */
export function createPages<Item>(group: FamilyGroup<Item>, options: PagesOptions): TextBlocks<Item> {
  const pageSize = options.pageSize ?? 250
  const blocks = new Set<Block<Item>>()
  const blockOf = new Map<string, Block<Item>>()
  const withRoom = new Set<Block<Item>>()
  const closing = new AbortController()
  let dirty = new Set<Block<Item>>()
  let working = false
  let changes = 0
  let changesOnPages = 0
  let waiting: { readonly changes: number; readonly resolve: () => void }[] = []

  function place(key: string): Block<Item> {
    const known = blockOf.get(key)
    if (known !== undefined) return known
    const block = withRoom.values().next().value ?? { entries: new Map(), textBlocks: [] }
    blocks.add(block)
    withRoom.add(block)
    blockOf.set(key, block)
    return block
  }

  function mark(block: Block<Item>): void {
    dirty.add(block)
    changes += 1
    if (working || closing.signal.aborted) return
    working = true
    work().catch(options.onError)
  }

  async function work(): Promise<void> {
    while (dirty.size > 0 && !closing.signal.aborted) {
      await pause(GATHER_MS, undefined, { signal: closing.signal }).catch(ignoreAbort)
      const batch = dirty
      const reached = changes
      dirty = new Set()
      for (const block of batch) {
        if (closing.signal.aborted) break
        await remake(block).catch(options.onError)
      }
      changesOnPages = reached
      release()
    }
    working = false
  }

  /** Resolves waiters whose changes are rendered; after `close` all of them, since nothing is rendered any more. */
  function release(): void {
    const ready = waiting.filter((waiter) => waiter.changes <= changesOnPages || closing.signal.aborted)
    waiting = waiting.filter((waiter) => !ready.includes(waiter))
    for (const { resolve } of ready) resolve()
  }

  async function remake(block: Block<Item>): Promise<void> {
    const entries = [...block.entries.values()]
    const textBlocks: Segment[] = []
    let sliceEnd = performance.now() + SLICE_MS
    for (const [index, family] of group.families.entries()) {
      let text = ''
      for (const { item, common } of entries) text += familyText(family, common, item)
      const bytes = Buffer.from(text)
      const old = block.textBlocks[index]
      if (old !== undefined && bytes.equals(old.text)) textBlocks.push(old)
      else textBlocks.push(await makeSegment(bytes))
      if (performance.now() < sliceEnd) continue
      await nextTurn()
      sliceEnd = performance.now() + SLICE_MS
    }
    block.textBlocks = textBlocks
    if (block.entries.size > 0) return
    blocks.delete(block)
    withRoom.delete(block)
  }

  return {
    set(key, item) {
      const block = place(key)
      block.entries.set(key, { item, common: commonText(group, item) })
      if (block.entries.size >= pageSize) withRoom.delete(block)
      mark(block)
    },
    delete(key) {
      const block = blockOf.get(key)
      if (block === undefined) return
      blockOf.delete(key)
      block.entries.delete(key)
      withRoom.add(block)
      mark(block)
    },
    of(family) {
      const textBlocks: Segment[] = []
      for (const block of blocks) {
        const textBlock = block.textBlocks[family]
        if (textBlock !== undefined && textBlock.text.length > 0) textBlocks.push(textBlock)
      }
      return textBlocks
    },
    settled() {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ changes, resolve })
      release()
      return promise
    },
    close() {
      closing.abort()
      release()
    },
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
