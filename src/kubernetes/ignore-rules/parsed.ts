/** What a text or a resource says, and what of it cannot be honoured, for people. */
export interface Parsed<T> {
  readonly value: T
  readonly problems: readonly string[]
}
