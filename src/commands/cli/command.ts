import type { OptionSpecs } from './options.ts'

/** What the program is called on a command line. */
export const PROGRAM = 'gitops-drift-exporter'

/** Exit codes as `diff` has them; 3 where all that could not be told needs what a repository alone does not have. */
export const EXIT = { noDrift: 0, drift: 1, cannotTell: 2, needsMore: 3 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What JSON output names as its shape; changes only with a changelog entry. */
export const API_VERSION = 'gitops-drift-exporter/v1'

/** Where a command writes to, and what stops it. */
export interface Terminal {
  readonly out: NodeJS.WriteStream
  readonly err: NodeJS.WriteStream
  /** Aborted by SIGINT, SIGTERM, or the death of the launcher. */
  readonly signal: AbortSignal
}

export interface CommandModule<Values> {
  /** @throws UsageError for values that do not go together; CodedError for every other failure */
  run(options: Values, terminal: Terminal): Promise<ExitCode>
}

/** What is known of a command without its code. */
export interface Command {
  /** In the list of all commands. */
  readonly summary: string
  /** What it does, in the words of `--help`. */
  readonly about: string
  readonly options: OptionSpecs
  /** Command lines. */
  readonly examples: readonly string[]
}
