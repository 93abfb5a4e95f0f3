import { MAIN } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { startProgram, waitUntilReady } from '../servers/process.ts'
import { readSamples, type Sample, type SeenApp, seenApps } from './exposition.ts'
import { assertNoLeak } from './leaks.ts'

/** `serve` of the built program, as a user runs it. */
export interface Exporter extends AsyncDisposable {
  readonly pid: number
  readonly metricsUrl: string
  readonly pagesUrl: string
  samples(): Promise<readonly Sample[]>
  /** By `app@cluster`. */
  apps(): Promise<ReadonlyMap<string, SeenApp>>
  /** Waits until /metrics has this of the app, `app@cluster`. */
  untilApp(instance: string, wanted: Partial<SeenApp>): Promise<SeenApp>
  /** All of its log. */
  log(): string
  stop(): Promise<void>
  /** SIGKILL: nothing is written any more. */
  kill(): Promise<void>
}

const START_SECONDS = 30

/** Its log is all there is, and when it is stopped, nothing that it said holds a secret of the test. */
export async function startExporter(config: string, env: Readonly<Record<string, string>> = {}): Promise<Exporter> {
  let logged = ''
  const program = startProgram({
    name: 'gitops-drift-exporter',
    program: process.execPath,
    args: [MAIN, 'serve', '--config', config, '--log-level', 'debug'],
    env,
    onOutput: (text) => {
      logged += text
    },
  })
  const { metrics: metricsUrl, pages: pagesUrl } = await waitUntilReady(
    program,
    'the exporter',
    START_SECONDS,
    async () => {
      const line = logged.split('\n').find((one) => one.includes('"msg":"listening"'))
      const said: { readonly metrics: string; readonly pages: string } | undefined = line && JSON.parse(line)
      return said
    },
  )
  const samples = async () => {
    const response = await fetch(`${metricsUrl}/metrics`, { signal: AbortSignal.timeout(10_000) })
    return readSamples(await response.text())
  }
  const stop = async () => {
    if (program.exited) return
    const pages = await servedTexts(metricsUrl, pagesUrl)
    await program.close()
    await assertNoLeak(config, { ...pages, 'the log': logged })
  }
  const apps = async () => seenApps(await samples())
  return {
    pid: program.pid,
    metricsUrl,
    pagesUrl,
    samples,
    apps,
    untilApp: async (instance, wanted) => {
      let seen: SeenApp | undefined
      try {
        return await until(instance, async () => {
          seen = (await apps()).get(instance)
          return seen !== undefined && holds(seen, wanted) ? seen : undefined
        })
      } catch (error) {
        const message = `${instance} was to be ${JSON.stringify(wanted)} and is ${JSON.stringify(seen)}`
        throw new Error(`${message}:\n${program.output()}`, { cause: error })
      }
    },
    log: () => logged,
    stop,
    kill: async () => {
      process.kill(program.pid, 'SIGKILL')
      await program.close()
      await assertNoLeak(config, { 'the log': logged })
    },
    [Symbol.asyncDispose]: stop,
  }
}

function holds(seen: SeenApp, wanted: Partial<SeenApp>): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.entries(seen).some(([k, v]) => k === key && v === value))
}

const MOST_PAGES = 50

async function servedTexts(metricsUrl: string, pagesUrl: string): Promise<Readonly<Record<string, string>>> {
  const textOf = async (url: string) => (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text()
  const overview = await textOf(pagesUrl)
  const texts: Record<string, string> = { metrics: await textOf(`${metricsUrl}/metrics`), overview }
  const linked = (page: string, pattern: RegExp): readonly string[] =>
    [...page.matchAll(pattern)].map(([, path = '']) => path.replaceAll('&amp;', '&'))
  // Apps that an incident explains stand behind its link alone.
  for (const path of linked(overview, /href="(\/\?[^"]*incident=[^"]+)"/g).slice(0, MOST_PAGES))
    texts[path] = await textOf(new URL(path, pagesUrl).href)
  const apps = new Set(Object.values(texts).flatMap((page) => linked(page, /href="(\/apps\/[^"]+)"/g)))
  for (const path of [...apps].slice(0, MOST_PAGES)) texts[path] = await textOf(new URL(path, pagesUrl).href)
  return texts
}
