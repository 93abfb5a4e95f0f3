import { API_VERSION, EXIT, type ExitCode, PROGRAM, type Terminal } from './cli/command.ts'
import { VERSION } from './cli/version.ts'
import type { OptionsOf } from './command-list.ts'
import { jsonText } from './output/json-text.ts'

export async function run({ output }: OptionsOf<'version'>, { out }: Terminal): Promise<ExitCode> {
  const { arch, platform, version } = process
  const about = { apiVersion: API_VERSION, version: VERSION, node: version, platform: `${platform}/${arch}` }
  out.write(output === 'json' ? jsonText(about) : `${PROGRAM} ${VERSION}\n`)
  return EXIT.noDrift
}
