import { seededBytes } from './seeded-bytes.ts'

/** Go's own numbers (WASI preview 1). */
const ERRNO = { success: 0, badf: 8, nosys: 52 } as const
const CLOCK_REALTIME = 0
const STDERR = 2
/** A Go crash prints why it died and then its stacks: with this much the reason is still there. */
const STDERR_KEPT = 65_536

/** What the monotonic clock of an instance begins at: while Go started, it told less (`initializedModule`). */
export const INITIALIZED_MS = 1000

/** The system that the Go code sees: empty except for seeded randomness and a fixed clock. */
export interface SandboxSystem {
  /** What the Go functions of the module import as `wasi_snapshot_preview1`. */
  readonly imports: Readonly<Record<string, SystemFunction>>
  setEnvironment(seed: number, time: number): void
  /** What was written to stderr since the last `setEnvironment`: the reason of a crash. */
  stderr(): string
}

/** WASI's functions take pointers, lengths and a few 64-bit numbers. */
type SystemFunction = (...args: number[]) => number

/** Thrown by `proc_exit`, which Go's runtime calls when it has to die. */
export class SandboxExit extends Error {}

/**
 * Thirteen functions of WASI; there is no file, socket, environment variable or argument. Whatever else a newer Go may
 * import answers ENOSYS.
 */
export function createSystem(
  memory: () => WebAssembly.Memory,
  imported: readonly string[],
  monotonicMs: () => number,
): SandboxSystem {
  let random = seededBytes(0)
  let time = 0
  let written = ''
  const view = (): DataView => new DataView(memory().buffer)
  const bytes = (pointer: number, length: number): Uint8Array =>
    new Uint8Array(memory().buffer, pointer >>> 0, length >>> 0)
  const pair = (first: number, firstValue: number, second: number, secondValue: number): number => {
    view().setUint32(first >>> 0, firstValue, true)
    view().setUint32(second >>> 0, secondValue, true)
    return ERRNO.success
  }

  const known: Record<string, SystemFunction> = {
    // klog panics without os.Args[0].
    args_sizes_get: (count = 0, size = 0) => pair(count, 1, size, 2),
    args_get: (pointers = 0, text = 0) => {
      view().setUint32(pointers >>> 0, text, true)
      bytes(text, 2).set([0x67, 0])
      return ERRNO.success
    },
    environ_sizes_get: (count = 0, size = 0) => pair(count, 0, size, 0),
    environ_get: () => ERRNO.success,
    // The wall clock is fixed. The monotonic one is real: Go's scheduler needs it, and no template can read it.
    clock_time_get: (clock = 0, _precision = 0, pointer = 0) => {
      const milliseconds = clock === CLOCK_REALTIME ? time : monotonicMs()
      view().setBigUint64(pointer >>> 0, BigInt(Math.round(milliseconds * 1e6)), true)
      return ERRNO.success
    },
    random_get: (pointer = 0, length = 0) => {
      random(bytes(pointer, length))
      return ERRNO.success
    },
    fd_write: (fd = 0, vectors = 0, count = 0, writtenPointer = 0) => {
      let total = 0
      for (let index = 0; index < count; index += 1) {
        const pointer = view().getUint32((vectors >>> 0) + index * 8, true)
        const length = view().getUint32((vectors >>> 0) + index * 8 + 4, true)
        total += length
        if (fd === STDERR)
          written = (written + Buffer.from(bytes(pointer, length)).toString('utf8')).slice(-STDERR_KEPT)
      }
      view().setUint32(writtenPointer >>> 0, total, true)
      return ERRNO.success
    },
    fd_fdstat_get: (fd = 0, pointer = 0) => {
      if (fd > STDERR) return ERRNO.badf
      bytes(pointer, 24).fill(0)
      // Character device; every right, since nothing can be done with it.
      view().setUint8(pointer >>> 0, 2)
      return ERRNO.success
    },
    fd_prestat_get: () => ERRNO.badf,
    fd_close: () => ERRNO.success,
    sched_yield: () => ERRNO.success,
    poll_oneoff: (_subscriptions = 0, events = 0, count = 0, happened = 0) => {
      // Every timer is due at once: a sandbox that sleeps would only hold its thread.
      bytes(events, count * 32).fill(0)
      view().setUint32(happened >>> 0, count, true)
      return ERRNO.success
    },
    proc_exit: (code = 0) => {
      throw new SandboxExit(`the Go runtime exited with code ${code}`)
    },
  }

  return {
    imports: Object.fromEntries(imported.map((name) => [name, known[name] ?? (() => ERRNO.nosys)])),
    setEnvironment(seed, unixMs) {
      random = seededBytes(seed)
      time = unixMs
      written = ''
    },
    stderr: () => written,
  }
}
