import { CodedError } from '../../model/failure.ts'
import { BrokenAnswer, timeoutFailure } from '../git-failure.ts'
import { packetLength } from './pkt-line.ts'
import type { RemoteProgram } from './ssh-connection.ts'

/** Finds the flush packet that ends an answer in a stream that goes on after it. */
class FlushFinder {
  #header = ''
  /** Bytes of the current packet that are still to come. */
  #rest = 0

  /** @returns how many bytes belong to the answer: all of them, or those up to the flush and with it */
  end(chunk: Buffer): number | undefined {
    let at = 0
    while (at < chunk.length) {
      if (this.#rest > 0) {
        const step = Math.min(this.#rest, chunk.length - at)
        this.#rest -= step
        at += step
        continue
      }
      const taken = chunk.toString('latin1', at, at + 4 - this.#header.length)
      this.#header += taken
      at += taken.length
      if (this.#header.length < 4) return undefined
      const length = packetLength(this.#header)
      this.#header = ''
      if (length === 0) return at
      this.#rest = Math.max(0, length - 4)
    }
    return undefined
  }
}

/** Reads the answers of a program on an SSH server, one after the other. */
export class AnswerReader {
  readonly #program: RemoteProgram
  readonly #options: { readonly host: string; readonly idleMs: number }
  readonly #chunks: AsyncIterator<Buffer>
  /** What came with the last answer and is not of it. */
  #left: Buffer | undefined
  #endedEarly = false

  constructor(program: RemoteProgram, options: { readonly host: string; readonly idleMs: number }) {
    this.#program = program
    this.#options = options
    this.#chunks = program.channel.iterator({ destroyOnReturn: false })
  }

  /** The program ended before its answer did. */
  get endedEarly(): boolean {
    return this.#endedEarly
  }

  /**
   * Up to the first flush packet, and with it.
   * @throws CodedError `GDE_TIMEOUT` when nothing comes, `GDE_TOO_LARGE`, `GDE_GIT_PROTOCOL`; BrokenAnswer when the connection is lost
   */
  async *upToFlush(maxBytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const finder = new FlushFinder()
    for await (const chunk of this.#bounded(maxBytes, signal)) {
      const end = finder.end(chunk)
      yield end === undefined ? chunk : chunk.subarray(0, end)
      if (end === undefined) continue
      if (end < chunk.length) this.#left = chunk.subarray(end)
      return
    }
    this.#endedEarly = true
    await this.#throwIfLost()
  }

  /** All that the program writes. @throws as upToFlush */
  async *upToEnd(maxBytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.#bounded(maxBytes, signal)
    await this.#throwIfLost()
  }

  async *#bounded(maxBytes: number, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    let size = 0
    for (;;) {
      const chunk = this.#left ?? (await this.#next(signal))
      this.#left = undefined
      if (chunk === undefined) return
      size += chunk.length
      if (size > maxBytes)
        throw new CodedError('GDE_TOO_LARGE', `${this.#options.host} sends more than ${maxBytes} bytes`)
      yield chunk
    }
  }

  /** @returns undefined at the end */
  async #next(signal: AbortSignal): Promise<Buffer | undefined> {
    const { host, idleMs } = this.#options
    let stop: () => void = () => undefined
    const stopped = new Promise<never>((_, reject) => {
      const until = AbortSignal.any([signal, AbortSignal.timeout(idleMs)])
      const abort = (): void => reject(timeoutFailure(until.reason, `${host} to answer`))
      until.addEventListener('abort', abort)
      stop = () => until.removeEventListener('abort', abort)
      if (until.aborted) abort()
    })
    try {
      const next = await Promise.race([this.#chunks.next(), stopped])
      return next.done === true ? undefined : next.value
    } catch (error) {
      this.#program.channel.destroy()
      throw error
    } finally {
      stop()
    }
  }

  /** A program that ended by itself has an exit code; an answer that it did not finish is said to be none by who reads it. */
  async #throwIfLost(): Promise<void> {
    await this.#program.ended()
    if (this.#program.exitCode() === undefined && this.#program.stderr() === '')
      throw new BrokenAnswer(this.#options.host)
  }
}
