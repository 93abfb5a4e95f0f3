import { pause } from '../../concurrency/pause.ts'
import { DEMO_APPS, type DemoApp } from './demo-apps.ts'
import type { DemoFixture } from './demo-fixture.ts'
import { type DemoStep, demoScript } from './demo-script.ts'
import { instanceName, type ScrapedVerdict, scrapeVerdicts } from './scrape-verdicts.ts'

/** Longest wait for a verdict to change. At the start the sandbox has to be loaded, too. */
const GIVE_UP_MS = 15_000
const GIVE_UP_ON_START_MS = 120_000
/** The promised time from a change to its verdict. */
const PROMISED_MS = 2_000
const POLL_MS = 20

export interface ScriptOptions {
  readonly fixture: DemoFixture
  readonly metricsUrl: string
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Runs the script against a running service and prints how long each change took to be on /metrics. */
export async function runScript(options: ScriptOptions): Promise<boolean> {
  const { say, fixture } = options
  const isSandboxed = ({ tool }: DemoApp): boolean => tool !== 'directory'
  const starts = [
    startStep(
      'see the app of plain manifests',
      DEMO_APPS.filter((app) => !isSandboxed(app)),
    ),
    startStep('see those that the sandbox renders', DEMO_APPS.filter(isSandboxed)),
  ]
  let passed = true
  for (const step of [...starts, ...demoScript()]) {
    await step.make(fixture)
    const outcome = await waitFor(step.expect, starts.includes(step) ? GIVE_UP_ON_START_MS : GIVE_UP_MS, options)
    const slow = !starts.includes(step) && outcome.elapsedMs > PROMISED_MS ? ', slower than promised' : ''
    const seconds = `${(outcome.elapsedMs / 1000).toFixed(2)} s${slow}`
    const wanted = [...step.expect].map(([one, verdict]) => `${one}: ${verdictText(verdict)}`)
    if (outcome.missing.length === 0) say(`ok    ${step.title.padEnd(46)} ${seconds.padEnd(8)} ${wanted.join('; ')}`)
    else say(`FAIL  ${step.title.padEnd(46)} ${seconds.padEnd(8)} ${outcome.missing.join('; ')}`)
    passed &&= outcome.missing.length === 0
  }
  return passed
}

function startStep(title: string, apps: readonly DemoApp[]): DemoStep {
  const instanceNames = apps.flatMap(({ name, clusters }) => clusters.map((cluster) => instanceName(name, cluster)))
  return {
    title,
    make: async () => undefined,
    expect: new Map(instanceNames.map((one) => [one, { status: 'Synced', cause: undefined }])),
  }
}

interface WaitOutcome {
  readonly elapsedMs: number
  /** Expected verdicts that did not appear, each with what is there instead. */
  readonly missing: readonly string[]
}

async function waitFor(
  expected: ReadonlyMap<string, ScrapedVerdict>,
  giveUpMs: number,
  { metricsUrl, signal }: ScriptOptions,
): Promise<WaitOutcome> {
  const started = performance.now()
  for (;;) {
    const seen = await scrapeVerdicts(metricsUrl, signal)
    const elapsedMs = performance.now() - started
    const missing = [...expected].flatMap(([one, verdict]) => {
      const now = seen.get(one)
      if (now?.status === verdict.status && now.cause === verdict.cause) return []
      return [`${one}: ${now === undefined ? 'not there' : verdictText(now)} instead of ${verdictText(verdict)}`]
    })
    if (missing.length === 0 || elapsedMs > giveUpMs) return { elapsedMs, missing }
    await pause(POLL_MS, signal)
    signal.throwIfAborted()
  }
}

function verdictText({ status, cause }: ScrapedVerdict): string {
  return cause === undefined ? status : `${status} (${cause})`
}
