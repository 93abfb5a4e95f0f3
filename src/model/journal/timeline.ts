import type { Cause } from '../verdicts/cause.ts'
import type { Gap } from './episode.ts'

/** What of the journal a timeline is made of; what is absent is any. Texts are whole. */
export interface TimelineQuestion {
  /** Unix seconds. */
  readonly from: number
  readonly until: number
  /** Into how many equal parts that time is cut. */
  readonly slices: number
  readonly cluster?: string
  readonly project?: string
  readonly cause?: Cause
  /** A field manager or a user. */
  readonly actor?: string
  /** Ids of the apps that count. */
  readonly apps?: readonly string[]
}

/** How many apps were OutOfSync, and how many Unknown, at some time within each slice. */
export interface Timeline {
  readonly slices: readonly { readonly drifting: number; readonly unknown: number }[]
  /** When nobody looked at all. */
  readonly gaps: readonly Gap[]
  /** There was more than is counted here. */
  readonly isCut: boolean
}

/** @throws CodedError where the journal cannot be read now */
export type ReadTimeline = (question: TimelineQuestion, signal?: AbortSignal) => Promise<Timeline>
