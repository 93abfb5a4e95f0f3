import { once } from 'node:events'
import { EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { createLog } from './cli/log.ts'
import type { OptionsOf } from './command-list.ts'
import { startService } from './run/service.ts'

export async function run(options: OptionsOf<'serve'>, { signal }: Terminal): Promise<ExitCode> {
  const logLevel = options['log-level']
  const log = createLog(logLevel)
  await using service = await startService(options.config, { log, logLevel, shard: options.shard })
  const reload = (): void => void service.reload()
  process.on('SIGHUP', reload)
  if (!signal.aborted) await once(signal, 'abort')
  process.off('SIGHUP', reload)
  log('info', 'stopping')
  return EXIT.noDrift
}
