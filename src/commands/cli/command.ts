/** Exit codes as `diff` has them. */
export const EXIT = { noDrift: 0, drift: 1, cannotTell: 2 } as const
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

/** A command's own module, loaded only when it runs, so that `validate` does not load an HTTP server. */
export interface CommandModule {
  /** @throws UsageError for invalid arguments; CodedError for every other failure */
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>
}

export interface Command {
  readonly name: string
  readonly summary: string
  /** The whole of `--help`. */
  readonly help: string
  readonly load: () => Promise<CommandModule>
}

/** The command line is wrong: printed with a pointer to `--help`, exit code 2. */
export class UsageError extends Error {}
