import { EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { commandHelp, programHelp } from './cli/help.ts'
import { COMMANDS, type CommandName, type OptionsOf } from './command-list.ts'

export async function run({ command }: OptionsOf<'help'>, { out }: Terminal): Promise<ExitCode> {
  const name = Object.keys(COMMANDS).find((one): one is CommandName => one === command)
  out.write(name === undefined ? programHelp() : commandHelp(name, COMMANDS[name]))
  return EXIT.noDrift
}
