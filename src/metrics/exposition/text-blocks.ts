import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { FamilyGroup } from '../families/family.ts'
import { makeSegment, type Segment } from './gzip-block.ts'
import { commonText, familyText } from './series-text.ts'

/** Items of one group as finished text: a scrape takes what is ready, changes are worked in between scrapes. */
export interface TextBlocks<Item> {
  set(key: string, item: Item): void
  delete(key: string): void
  /** Finished pages of the family with this index in the group, as they are now. */
  of(family: number): readonly Segment[]
  /** Resolves when all that was set or deleted so far is on the pages. */
  settled(): Promise<void>
  close(): void
}

export interface PagesOptions {
  /** Items on one page. */
  readonly pageSize?: number
  /** Told when making a page failed, which is a bug; the old page stays. */
  readonly onError: (error: unknown) => void
}

/** Longest that making pages keeps the event loop, and how long changes gather before pages are made again. */
const SLICE_MS = 4
const GATHER_MS = 50

interface Block<Item> {
  readonly entries: Map<string, { readonly item: Item; readonly common: string }>
  textBlocks: readonly Segment[]
}

/**
 * A change marks its block (the same `pageSize` items in every family) dirty. All pages of a block are replaced together, so that
 * a scrape never sees an item with an old status in one family and the new one in another.
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

  /** After `close` nobody is left waiting: what is not on the pages by then never will be. */
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
