import { EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { COMMANDS, type OptionsOf } from './command-list.ts'
import { completionScript } from './output/completion-script.ts'

export async function run({ shell }: OptionsOf<'completion'>, { out }: Terminal): Promise<ExitCode> {
  out.write(completionScript(shell, COMMANDS))
  return EXIT.noDrift
}
