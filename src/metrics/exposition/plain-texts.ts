import { type GzipBlock, plainText } from './gzip-block.ts'

/** The texts of blocks, for whoever does not take gzip. */
export interface PlainTexts {
  of(gzipBlocks: readonly GzipBlock[]): Promise<readonly Uint8Array[]>
  close(): void
}

/** Two scrapes are hardly further apart; 10,000 apps have some 30 MB of text. */
const KEPT_MS = 120_000

/** Texts are kept while somebody asks for them again and again: unpacking those of 10,000 apps each time makes a scrape take five times as long. */
export function createPlainTexts(keptMs: number = KEPT_MS): PlainTexts {
  let texts = new WeakMap<GzipBlock, Uint8Array>()
  let timer: NodeJS.Timeout | undefined

  async function textOf(gzipBlock: GzipBlock): Promise<Uint8Array> {
    const kept = texts
    const text = kept.get(gzipBlock) ?? (await plainText(gzipBlock))
    kept.set(gzipBlock, text)
    return text
  }

  return {
    of(gzipBlocks) {
      clearTimeout(timer)
      timer = setTimeout(() => {
        texts = new WeakMap()
      }, keptMs).unref()
      return Promise.all(gzipBlocks.map(textOf))
    },
    close: () => clearTimeout(timer),
  }
}
