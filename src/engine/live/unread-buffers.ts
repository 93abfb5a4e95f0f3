/** 0.7 s of as many objects that change all the time; a Deployment has some 6 kB. Beyond it they are read as they come. */
const MOST = { objects: 2000, bytes: 16 * 1024 * 1024 } as const
/** What is kept for the next ones: 250 of usual size. */
const MOST_SPARE_BYTES = 2 * 1024 * 1024
const SMALLEST = 1024

/**
 * The bytes of all objects that wait to be read, in all clusters together. Buffers are used again: of those that are made anew each lives just
 * long enough for V8 to collect its whole heap for them every second.
 */
export class UnreadBuffers {
  readonly #spare = new Map<number, Buffer[]>()
  #spareBytes = 0
  #lent = 0
  #lentBytes = 0

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#lent === 0
  }

  /** One of at least this size; undefined where there is no room. */
  lend(bytes: number): Buffer | undefined {
    const size = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes)))
    if (this.#lent >= MOST.objects || this.#lentBytes + size > MOST.bytes) return undefined
    const spare = this.#spare.get(size)?.pop()
    if (spare !== undefined) this.#spareBytes -= size
    this.#lent += 1
    this.#lentBytes += size
    return spare ?? Buffer.allocUnsafeSlow(size)
  }

  giveBack(buffer: Buffer): void {
    const size = buffer.length
    this.#lent -= 1
    this.#lentBytes -= size
    if (this.#spareBytes + size > MOST_SPARE_BYTES) return
    this.#spareBytes += size
    const spare = this.#spare.get(size) ?? []
    this.#spare.set(size, spare)
    spare.push(buffer)
  }
}
