import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Fleet, FleetUpdate } from '../model/fleet.ts'

/**
 * By how much the heap of a thread grows before its next garbage collection. While the first pass fills it, each finds little: at 30 % they
 * were a fourth of the CPU of the pass. Afterwards V8 would let it grow to several times its live data, and does not collect while idle.
 */
const GROWTH_PERCENT = { filling: 100, filled: 30 } as const
/** By then the text of metrics is made, and what was on its way has come. */
const SETTLED_MS = 3000
/** A first pass that has not ended by then, since a cluster or repository does not answer, fills no heap any more. 50,000 apps take two minutes. */
const LONGEST_FILL_MS = 600_000

export type HeapPhase = keyof typeof GROWTH_PERCENT

/**
 * For all threads of the process: V8 reads it at each collection. Until the first pass has ended, or took too long, heaps may grow faster.
 * @param enter tells V8
 */
export function limitHeapGrowth(
  fleet: Pick<Fleet, 'subscribe'>,
  enter: (phase: HeapPhase) => void = setGrowth,
  longestMs = LONGEST_FILL_MS,
): void {
  enter('filling')
  const end = (): void => {
    clearTimeout(timer)
    stop()
    enter('filled')
    collectIn(SETTLED_MS)
  }
  const timer = setTimeout(end, longestMs).unref()
  const stop = fleet.subscribe((update) => {
    if (endsFirstPass(update)) end()
  })
}

/** Collects once in this thread what the first pass left there; what that makes anew is collected by V8. */
export function collectAfterFirstPass(updates: readonly FleetUpdate[]): void {
  if (updates.some(endsFirstPass)) collectIn(SETTLED_MS)
}

function setGrowth(phase: HeapPhase): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT[phase]}`)
}

function endsFirstPass(update: FleetUpdate): boolean {
  return update.type === 'pass' && update.first
}

/**
 * Commands that run once have ended by then. The flag is one of the process and stays set: a thread that took it back would take it from
 * another one that is about to collect.
 */
export function collectIn(milliseconds: number): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc')
    // Only a context that is made since then has the function.
    const collect: unknown = runInNewContext('globalThis.gc')
    if (typeof collect === 'function') collect()
  }, milliseconds).unref()
}
