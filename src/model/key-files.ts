import type { Confidential } from './confidential.ts'
import type { Failure } from './failure.ts'

/** Files of keys as they were last read. */
export interface KeyFiles {
  /** By path; undefined until all are read. Another map after each change. */
  readonly contents: ReadonlyMap<string, Confidential | Failure> | undefined
}
