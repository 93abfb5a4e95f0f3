import type { ExpositionFormat } from '../exposition/exposition-format.ts'
import type { GzipBlock } from '../exposition/gzip-block.ts'

/** One group's part of the exposition, as whoever scrapes needs it. */
export interface FleetSection {
  gzipBlocks(format: ExpositionFormat): readonly GzipBlock[]
  /** Resolves when everything that was told so far is on the text blocks. */
  flushed(): Promise<void>
  close(): void
}
