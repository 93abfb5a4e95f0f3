import { hideWhileUsed } from './secrets/outgoing-text.ts'

/**
 * A credential or another secret in the clear. The value is in a private field, so that logging, JSON and structured
 * clone drop it. Only the places that the architecture test lists may call `reveal`.
 */
export class Confidential {
  readonly #value: string
  #isUsed = false

  constructor(value: string) {
    this.#value = value
  }

  /**
   * A credential that this thread works with: from now on all that the thread lets out is without it (`outgoingText`), as long as this
   * object lives.
   */
  static used(value: string): Confidential {
    return new Confidential(value).use()
  }

  /** The same for one that was read before anybody knew what it is for. */
  use(): this {
    if (!this.#isUsed) hideWhileUsed(this, this.#value)
    this.#isUsed = true
    return this
  }

  /** Its lines, each a secret of its own that this thread works with: whoever repeats one repeats the secret. */
  lines(): readonly Confidential[] {
    return this.#value.split('\n').flatMap((line) => (line.startsWith('#') ? [] : Confidential.used(line.trim())))
  }

  equals(other: Confidential): boolean {
    return this.#value === other.#value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[confidential]'
  }

  toJSON(): string {
    return '[confidential]'
  }
}
