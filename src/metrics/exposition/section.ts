import type { FamilyGroup } from '../families/family.ts'
import { type ExpositionFormat, headerText } from './exposition-format.ts'
import { makeSegmentNow, type Segment } from './gzip-block.ts'
import { createPages, type TextBlocks } from './text-blocks.ts'

/** One group's part of an exposition: for each family a header, which the format decides, and its text blocks. */
export interface Section<Item> {
  readonly textBlocks: TextBlocks<Item>
  segments(format: ExpositionFormat): readonly Segment[]
}

export function createSection<Item>(group: FamilyGroup<Item>, onError: (error: unknown) => void): Section<Item> {
  const textBlocks = createPages(group, { onError })
  const headers = (format: ExpositionFormat) =>
    group.families.map((family) => makeSegmentNow(Buffer.from(headerText(family, format))))
  const finished = { text: headers('text'), openmetrics: headers('openmetrics') }
  return {
    textBlocks,
    segments: (format) => finished[format].flatMap((header, index) => [header, ...textBlocks.of(index)]),
  }
}
