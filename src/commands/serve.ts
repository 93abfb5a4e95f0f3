import { once } from 'node:events'
import { EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { createLog } from './cli/log.ts'
import type { OptionsOf } from './command-list.ts'
import { type Service, startService } from './run/service.ts'

export async function run(options: OptionsOf<'serve'>, { signal }: Terminal): Promise<ExitCode> {
  const logLevel = options['log-level']
  const log = createLog(logLevel)
  let started: Service | undefined
  let isAsked = false
  // A signal that nobody listens to ends the process: one that comes while it starts is answered when it has.
  const reload = (): void => {
    if (started === undefined) isAsked = true
    else void started.reload()
  }
  process.on('SIGHUP', reload)
  await using parts = new AsyncDisposableStack()
  parts.defer(() => void process.off('SIGHUP', reload))
  started = parts.use(await startService(options.config, { log, logLevel, shard: options.shard }))
  if (isAsked) reload()
  if (!signal.aborted) await once(signal, 'abort')
  log('info', 'stopping')
  return EXIT.noDrift
}
