import { ConfigError, configErrorText } from '../../config/config-error.ts'
import { CodedError, failureText } from '../../model/failure.ts'
import { outgoingText } from '../../model/secrets/outgoing-text.ts'
import { didYouMean } from '../../text/nearest-name.ts'
import { COMMANDS, type CommandName } from '../command-list.ts'
import { LOAD_COMMAND } from '../load-command.ts'
import { EXIT, type ExitCode, PROGRAM, type Terminal } from './command.ts'
import { commandHelp, programHelp } from './help.ts'
import { readOptions } from './options.ts'
import { UsageError } from './usage-error.ts'

/** Commands that are asked for as options, too. */
const ALIASES: ReadonlyMap<string, CommandName> = new Map([
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
])

/** Runs one command line. Never throws: errors go to stderr, and the exit code is 2. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [first, ...rest] = args
  if (first === undefined) {
    terminal.err.write(programHelp())
    return EXIT.cannotTell
  }
  const name = ALIASES.get(first) ?? first
  if (!isCommand(name)) {
    const hint = didYouMean(name, Object.keys(COMMANDS))
    terminal.err.write(`${PROGRAM}: unknown command ${JSON.stringify(name)}${hint}\nSee ${PROGRAM} --help.\n`)
    return EXIT.cannotTell
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.out.write(commandHelp(name, COMMANDS[name]))
    return EXIT.noDrift
  }
  try {
    return await runCommand(name, rest, terminal)
  } catch (error) {
    // Stopped by a signal: that is no error to report.
    if (terminal.signal.aborted) return EXIT.cannotTell
    terminal.err.write(`${outgoingText(errorText(error, name))}\n`)
    return EXIT.cannotTell
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name)
}

async function runCommand<Name extends CommandName>(
  name: Name,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const options = readOptions(args, COMMANDS[name].options)
  const { run } = await LOAD_COMMAND[name]()
  return run(options, terminal)
}

function errorText(error: unknown, command: string): string {
  if (error instanceof UsageError) return `${PROGRAM} ${command}: ${error.message}\nSee ${PROGRAM} ${command} --help.`
  if (error instanceof ConfigError) return configErrorText(error)
  if (error instanceof CodedError) return failureText(error.failure)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
