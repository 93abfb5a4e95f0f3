import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Fleet } from '../model/fleet.ts'

/**
 * By how much the heap of a thread grows before its next garbage collection. While the first pass fills it, each finds little: at 30 % they
 * were a fourth of the CPU of the pass. Afterwards V8 would let it grow to several times its live data, and does not collect while idle.
 */
const GROWTH_PERCENT = { filling: 100, filled: 30 } as const
/**
 * How often a function is called before it is compiled once more, by the compiler that takes longest: much of the CPU of V8's own threads in a first
 * pass, for code that is hardly used as often again. Until it has ended only what is called most is worth it; then it is V8's own number.
 */
const CALLS_BEFORE_TURBOFAN = { filling: 30_000, filled: 3000 } as const
/**
 * How often V8's memory reducer collects a heap that rests, eight seconds after each collection. The first moves pages together and gives them back; the second, which
 * V8 would add, costs a large fleet nearly as much, and gives back some 10 MB.
 */
const COLLECTIONS_AT_REST = 1
/** By then what was on its way has come. The memory reducer waits from this collection on. */
const SETTLED_MS = 1000
/** A first pass that has not ended by then, since a cluster or repository does not answer, fills no heap any more. 50,000 apps take two minutes. */
const LONGEST_FILL_MS = 600_000

export type V8Phase = keyof typeof GROWTH_PERCENT

export interface V8TuningOptions {
  /** Tells V8, for all threads of the process: it reads the flag at each collection. */
  readonly enter?: (phase: V8Phase) => void
  readonly longestMs?: number
}

/**
 * Until the first pass has ended, or took too long, heaps may grow faster; then all threads collect, and again after the first pass of an
 * engine that was started anew.
 * @param collectOthers has the other threads collect what the first pass left there, by `collectAll`
 */
export function tuneV8(
  fleet: Pick<Fleet, 'subscribe'>,
  collectOthers: () => void,
  { enter = setFlags, longestMs = LONGEST_FILL_MS }: V8TuningOptions = {},
): void {
  let phase: V8Phase = 'filling'
  enter(phase)
  const end = (): void => {
    clearTimeout(timer)
    if (phase === 'filling') {
      phase = 'filled'
      enter(phase)
    }
    // Commands that run once have ended by then.
    setTimeout(() => {
      collectAll()
      collectOthers()
    }, SETTLED_MS).unref()
  }
  const timer = setTimeout(end, longestMs).unref()
  fleet.subscribe((update) => {
    if (update.type === 'pass' && update.first) end()
  })
}

function setFlags(phase: V8Phase): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT[phase]}`)
  setFlagsFromString(`--invocation-count-for-turbofan=${CALLS_BEFORE_TURBOFAN[phase]}`)
  setFlagsFromString(`--memory-reducer-gc-count=${COLLECTIONS_AT_REST}`)
}

/**
 * Up to so many bytes a heap is moved together. That stops its thread two to seven times as long as a collection does, which for that of a
 * large fleet would be seconds, after which a thread is taken for one that hangs.
 */
const LARGEST_MOVED = 64 * 1024 * 1024

/** What is done to a heap of which so many bytes are used. An ordinary collection leaves it as large as it was. */
export function collectionOf(usedBytes: number): Readonly<Record<'type' | 'execution' | 'flavor', string>> {
  return { type: 'major', execution: 'sync', flavor: usedBytes <= LARGEST_MOVED ? 'last-resort' : 'regular' }
}

/**
 * Collects what can be collected in this thread, and gives the pages of it back where that is quickly done. The flag is one of the process and
 * stays set: a thread that took it back would take it from another one that is about to collect.
 */
export function collectAll(): void {
  setFlagsFromString('--expose-gc')
  // Only a context that is made since then has the function.
  const collect: unknown = runInNewContext('globalThis.gc')
  if (typeof collect !== 'function') return
  const before = getHeapStatistics().used_heap_size
  collect(collectionOf(before))
  const left = getHeapStatistics().used_heap_size
  // What was too large with its garbage may be small enough without.
  if (before > LARGEST_MOVED && left <= LARGEST_MOVED) collect(collectionOf(left))
}
