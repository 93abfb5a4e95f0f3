import { CodedError } from '../../src/model/failure.ts'
import type fc from '../fast-check.ts'

/** One border of the program, and what holds there whatever comes in. */
export interface FuzzTarget {
  readonly name: string
  /** Inputs that one run of the property tries: where each run costs much, it tries many. */
  readonly inputsPerRun?: number
  /** Runs of it in `npm test`. */
  readonly shortRuns: number
  /** Why it cannot be tried here, or false. */
  readonly skip?: string | false
  /** Makes what it needs, once. */
  prepare(): Promise<fc.IRawProperty<unknown>>
}

/** The result; undefined where the input was refused with one of the codes. Whatever else is thrown is a finding. */
export function refusedOr<Result>(codes: RegExp, read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof CodedError && codes.test(error.failure.code)) return undefined
    throw error
  }
}

/** The same of what takes time. */
export async function refusedOrLater<Result>(codes: RegExp, read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof CodedError && codes.test(error.failure.code)) return undefined
    throw error
  }
}

/** All that comes, in its order. */
export async function allOf<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
