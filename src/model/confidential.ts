/**
 * A credential or another secret in the clear. The value is in a private field, so that logging, JSON and structured
 * clone drop it. Only the places that the architecture test lists may call `reveal`.
 */
export class Confidential {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
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
