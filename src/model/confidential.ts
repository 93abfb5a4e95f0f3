/**
 * A credential or another secret in the clear. The value sits in a private field, so logging, JSON and structured clone
 * lose it. Only the places that the architecture test lists may call `reveal`.
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
