import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { EXIT, type ExitCode, type Terminal, UsageError } from './cli/command.ts'
import { createLog } from './cli/log.ts'
import { readOptions, requireLogLevel } from './cli/options.ts'
import { makeDemoFixture } from './demo/demo-fixture.ts'
import { demoText } from './demo/demo-text.ts'
import { runScript } from './demo/run-script.ts'
import { startService } from './run/service.ts'

export async function run(args: readonly string[], { out, signal }: Terminal): Promise<ExitCode> {
  const options = readOptions(args, {
    check: { type: 'boolean', default: false },
    port: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    'log-level': { type: 'string', default: 'info' },
  })
  const logLevel = requireLogLevel(options['log-level'])
  const say = (text: string): void => void out.write(`${text}\n`)
  const fixture = await makeDemoFixture(ports(options.port, options.check))
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
function ports(text: string, check: boolean): { readonly metrics: number; readonly pages: number } {
  const metrics = text === '' ? (check ? 0 : 8080) : Number(text)
  if (!Number.isInteger(metrics) || metrics < 0 || metrics > 65_534)
    throw new UsageError(`--port must be a number from 0 to 65534, not ${JSON.stringify(text)}`)
  return { metrics, pages: metrics === 0 ? 0 : metrics + 1 }
}
