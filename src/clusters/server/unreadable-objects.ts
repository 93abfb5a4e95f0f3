import { CodedError } from '../../model/failure.ts'
import { connectionError } from './failures.ts'

/** An object that was told unread could not be read, or taken, when somebody looked at it. */
export class UnreadableError extends CodedError {
  constructor(cause: CodedError) {
    const { code, message, ...where } = cause.failure
    super(code, message, where, { cause })
  }
}

/**
 * What was told unread is read when its observation has gone on. Where it cannot be read then, the watch that told it ends by that error, as
 * it would have at once; a list follows, since the watch has told of what came later.
 */
export class UnreadableObjects {
  readonly #onFound: () => void
  #watch = new AbortController()
  #error: UnreadableError | undefined

  /** @param onFound called at once, by whoever reads */
  constructor(onFound: () => void) {
    this.#onFound = onFound
  }

  /** For a watch that begins: it ends with the next one that is found. */
  signal(outer: AbortSignal): AbortSignal {
    if (this.#watch.signal.aborted) this.#watch = new AbortController()
    return AbortSignal.any([outer, this.#watch.signal])
  }

  found(thrown: unknown): void {
    this.#error ??= new UnreadableError(connectionError(thrown))
    this.#onFound()
    this.#watch.abort(this.#error)
  }

  /** The version up to which all is told. @throws UnreadableError where something is not */
  unlessFound<Version extends string | undefined>(version: Version): Version {
    if (this.#error !== undefined) throw this.#error
    return version
  }

  /** Why the watch ended: what was found, once, or what was thrown. */
  insteadOf(thrown: unknown): unknown {
    const error = this.#error ?? thrown
    this.#error = undefined
    return error
  }
}
