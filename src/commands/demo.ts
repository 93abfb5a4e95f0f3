import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { createLog } from './cli/log.ts'
import { DEMO_PORT, type OptionsOf } from './command-list.ts'
import { type DemoListeners, makeDemoFixture } from './demo/demo-fixture.ts'
import { demoText } from './demo/demo-text.ts'
import { runScript } from './demo/run-script.ts'
import { startService } from './run/service.ts'

export async function run(options: OptionsOf<'demo'>, { out, signal }: Terminal): Promise<ExitCode> {
  const logLevel = options['log-level']
  const say = (text: string): void => void out.write(`${text}\n`)
  const fixture = await makeDemoFixture(listeners(options))
  const logFile = createWriteStream(join(fixture.folder, 'log.jsonl'))
  try {
    await using service = await startService(fixture.config, { log: createLog(logLevel, logFile), logLevel })
    if (options.check) {
      const passed = await runScript({ fixture, metricsUrl: service.metricsUrl, say, signal })
      return passed ? EXIT.noDrift : EXIT.drift
    }
    say(demoText(fixture, service))
    if (!signal.aborted) await once(signal, 'abort')
    return EXIT.noDrift
  } finally {
    logFile.end()
    await once(logFile, 'close')
    if (options.keep) say(`Kept: ${fixture.folder}`)
    else await fixture.remove()
  }
}

/** `--check` takes any free port; a person gets one that is easy to type. */
function listeners({ port, check, address }: OptionsOf<'demo'>): DemoListeners {
  const metrics = port ?? (check ? 0 : DEMO_PORT)
  return { metrics, pages: metrics === 0 ? 0 : metrics + 1, ...(address !== undefined && { address }) }
}
