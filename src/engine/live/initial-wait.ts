/**
 * How long the first observations wait at most for the renderings of other apps: an object that is streamed before an
 * app declares it is dropped, and has to be fetched again.
 */
const WAIT_MS = 1000
/** How long they wait after the last rendering: some take much longer, since the sandbox has to be compiled first. */
const QUIET_MS = 200

/** Holds the first observations of a cluster back until the apps have said what they declare. */
export class InitialWait {
  readonly #onRelease: () => void
  #isWaiting = true
  #deadline: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(onRelease: () => void) {
    this.#onRelease = onRelease
  }

  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** An app was rendered: others may follow. */
  extend(): void {
    if (!this.#isWaiting) return
    this.#deadline ??= performance.now() + WAIT_MS
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.release(), Math.min(QUIET_MS, Math.max(0, this.#deadline - performance.now())))
  }

  release(): void {
    clearTimeout(this.#timer)
    if (!this.#isWaiting) return
    this.#isWaiting = false
    this.#onRelease()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
