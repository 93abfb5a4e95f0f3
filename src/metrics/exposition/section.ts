import type { FamilyGroup } from '../families/family.ts'
import { type ExpositionFormat, headerText } from './exposition-format.ts'
import { type GzipBlock, makeGzipBlockSync } from './gzip-block.ts'
import { createTextBlocks, type TextBlocks } from './text-blocks.ts'

/** One group's part of an exposition: for each family a header, which the format decides, and its text blocks. */
export interface Section<Item> {
  readonly textBlocks: TextBlocks<Item>
  gzipBlocks(format: ExpositionFormat): readonly GzipBlock[]
}

export function createSection<Item>(group: FamilyGroup<Item>, onError: (error: unknown) => void): Section<Item> {
  const textBlocks = createTextBlocks(group, { onError })
  const headers = (format: ExpositionFormat) =>
    group.families.map((family) => makeGzipBlockSync(Buffer.from(headerText(family, format))))
  const finished = { text: headers('text'), openmetrics: headers('openmetrics') }
  return {
    textBlocks,
    gzipBlocks: (format) => finished[format].flatMap((header, index) => [header, ...textBlocks.of(index)]),
  }
}
