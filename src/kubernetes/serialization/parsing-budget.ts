import { CodedError, type Where } from '../../model/failure.ts'

const MEBIBYTE = 1024 * 1024

/**
 * What one text may take as values, bytes of memory, where nobody gave a budget. A page of 500 objects takes some 10 MB; sixty
 * megabytes of `{},` would take 1.3 GB.
 */
const TEXT_BYTES = 160 * MEBIBYTE

/**
 * What a job may have parsed before it counts as large, and what a large one may. One large job is done at a time, so that the
 * process keeps within a gigabyte whatever tenants send. A rendering of a thousand objects takes some 20 MB.
 */
export const JOB_BYTES = { usual: 64 * MEBIBYTE, large: 320 * MEBIBYTE } as const

/**
 * The memory that one piece of synchronous work may fill with parsed values, over all texts that it reads. Whoever parses takes from the
 * budget of the work that is under way in this thread; there is one at a time.
 */
export class ParsingBudget {
  readonly bytes: number
  #left: number
  /** Something was refused for want of memory, whatever became of the error. */
  isSpent = false

  constructor(bytes: number) {
    this.bytes = bytes
    this.#left = bytes
  }

  /** Everything that is parsed until it returns or throws is taken from this budget. */
  run<Result>(work: () => Result): Result {
    const before = current
    current = this
    try {
      return work()
    } finally {
      current = before
    }
  }

  has(bytes: number): boolean {
    if (bytes <= this.#left) return true
    this.isSpent = true
    return false
  }

  take(bytes: number): void {
    this.#left -= bytes
  }
}

let current: ParsingBudget | undefined

/**
 * Whether there is room for so many bytes of memory, asked before they are filled.
 * @param most of this text alone, where that is less than what the work has left
 * @throws CodedError `GDE_TOO_LARGE`
 */
export function requireMemory(bytes: number, where: Where, most = TEXT_BYTES): void {
  if (current?.has(bytes) === false) throw tooLarge(current.bytes, where)
  if (current === undefined && bytes > most) throw tooLarge(most, where)
}

/** Values stay that take so many bytes of memory: the rest of the work has less. */
export function takeMemory(bytes: number): void {
  current?.take(bytes)
}

function tooLarge(bytes: number, where: Where): CodedError {
  const message = `what is read takes more than ${Math.round(bytes / MEBIBYTE)} MB of memory`
  return new CodedError('GDE_TOO_LARGE', message, where)
}
