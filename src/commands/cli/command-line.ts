import { ConfigError, configErrorText } from '../../config/config-error.ts'
import { CodedError, failureText } from '../../model/failure.ts'
import { didYouMean } from '../../text/nearest-name.ts'
import { COMMANDS, programHelp } from '../command-list.ts'
import { EXIT, type ExitCode, type Terminal, UsageError } from './command.ts'
import { VERSION } from './version.ts'

/** Runs one command line. Never throws: errors go to stderr, and the exit code is 2. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    ;(name === undefined ? terminal.err : terminal.out).write(programHelp())
    return name === undefined ? EXIT.cannotTell : EXIT.noDrift
  }
  if (name === '--version') {
    terminal.out.write(`gitops-drift-exporter ${VERSION}\n`)
    return EXIT.noDrift
  }
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) {
    const hint = didYouMean(
      name,
      COMMANDS.map((one) => one.name),
    )
    terminal.err.write(
      `gitops-drift-exporter: unknown command ${JSON.stringify(name)}${hint}\nSee gitops-drift-exporter --help.\n`,
    )
    return EXIT.cannotTell
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.out.write(command.help)
    return EXIT.noDrift
  }
  try {
    const { run } = await command.load()
    return await run(rest, terminal)
  } catch (error) {
    // Stopped by a signal: that is no error to report.
    if (terminal.signal.aborted) return EXIT.cannotTell
    terminal.err.write(`${errorText(error, name)}\n`)
    return EXIT.cannotTell
  }
}

function errorText(error: unknown, command: string): string {
  if (error instanceof UsageError)
    return `gitops-drift-exporter ${command}: ${error.message}\nSee gitops-drift-exporter ${command} --help.`
  if (error instanceof ConfigError) return configErrorText(error)
  if (error instanceof CodedError) return failureText(error.failure)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
