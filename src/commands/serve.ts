import { once } from 'node:events'
import { EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { createLog } from './cli/log.ts'
import { readOptions, requireLogLevel, requireOption } from './cli/options.ts'
import { startService } from './run/service.ts'

export async function run(args: readonly string[], { signal }: Terminal): Promise<ExitCode> {
  const options = readOptions(args, { config: { type: 'string' }, 'log-level': { type: 'string', default: 'info' } })
  const logLevel = requireLogLevel(options['log-level'])
  const log = createLog(logLevel)
  await using service = await startService(requireOption(options.config, '--config'), { log, logLevel })
  const reload = (): void => void service.reload()
  process.on('SIGHUP', reload)
  if (!signal.aborted) await once(signal, 'abort')
  process.off('SIGHUP', reload)
  log('info', 'stopping')
  return EXIT.noDrift
}
