/** A committed file that is made from code. `path` is relative to the root of the repository. */
export interface GeneratedFile {
  readonly path: string
  /** The whole text, byte for byte the same for the same code. */
  readonly make: () => string | Promise<string>
}
