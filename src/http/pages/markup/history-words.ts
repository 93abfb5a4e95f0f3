import type { Ending } from '../../../model/journal/episode.ts'

/** Days of history that can be looked at, and how they are called. */
export const SPANS = [
  [1, '24 h'],
  [7, '7 d'],
  [30, '30 d'],
] as const
export type HistoryDays = (typeof SPANS)[number][0]
export const DEFAULT_DAYS: HistoryDays = 7

/** How an episode ended. */
export const ENDED: Readonly<Record<Ending, string>> = {
  healed: 'healed by the controller',
  reverted: 'put back by somebody else',
  committed: 'committed to Git',
  ignored: 'ignored by a rule from then on',
  'app-gone': 'the app is gone',
  unseen: 'nobody saw how',
}

/** Reads the parameter `days`; what makes no sense is the usual. */
export function parseDays(text: unknown): HistoryDays {
  return SPANS.find(([days]) => String(days) === text)?.[0] ?? DEFAULT_DAYS
}
