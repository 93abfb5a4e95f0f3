import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { afterEach, before, beforeEach, test } from 'node:test'
import { type DemoFixture, makeDemoFixture } from '../../src/commands/demo/demo-fixture.ts'
import { instanceName, scrapeVerdicts } from '../../src/commands/demo/scrape-verdicts.ts'
import { builtProgram, startProgram, stopProgram } from './program.ts'
import { until } from './until.ts'

let fixture: DemoFixture
let serving: ChildProcess | undefined
/** What it has logged. */
let log = ''

before(builtProgram)
beforeEach(async () => {
  fixture = await makeDemoFixture({ metrics: 0, pages: 0 })
})
afterEach(async () => {
  if (serving !== undefined) await stopProgram(serving)
  serving = undefined
  await fixture.remove()
})

interface Urls {
  readonly metrics: string
  readonly pages: string
}

/** Starts `serve` and reads its log until it listens. */
async function serve(): Promise<Urls> {
  const child = startProgram(['serve', '--config', fixture.config])
  serving = child
  log = ''
  child.stderr.on('data', (chunk) => {
    log += chunk
  })
  return until('the log line that says where it listens', async () => {
    const line = log.split('\n').find((one) => one.includes('"msg":"listening"'))
    return line === undefined ? undefined : JSON.parse(line)
  })
}

async function sample(url: string, start: string): Promise<string | undefined> {
  const exposition = await (await fetch(`${url}/metrics`)).text()
  return exposition.split('\n').find((line) => line.startsWith(start))
}

test('it serves verdicts, is ready once they are there, shows a page, and ends well on SIGTERM', async () => {
  const { metrics, pages } = await serve()
  assert.equal((await fetch(`${metrics}/livez`)).status, 200)
  await until('readiness', async () => ((await fetch(`${metrics}/readyz`)).ok ? true : undefined))
  const verdicts = await scrapeVerdicts(metrics, AbortSignal.timeout(10_000))
  assert.equal(verdicts.size, 6)
  assert.deepEqual(verdicts.get(instanceName('storefront', 'prod-eu')), { status: 'Synced', cause: undefined })
  const page = await (await fetch(pages)).text()
  assert.match(page, /storefront/)
  assert.ok(serving !== undefined)
  assert.equal(await stopProgram(serving), 0)
})

test('a changed config takes effect; a broken one keeps the old one running and shows in the metrics', async () => {
  const { metrics } = await serve()
  const successful = 'gitops_exporter_config_last_reload_successful'
  assert.equal(await sample(metrics, `${successful} `), `${successful} 1`)
  const good = await readFile(fixture.config, 'utf8')

  await writeFile(fixture.config, good.replace('name: quotas', 'nmae: quotas'))
  await until('the failed reload', async () =>
    (await sample(metrics, `${successful} 0`)) === undefined ? undefined : true,
  )
  const line = (text: string) => log.split('\n').findLast((one) => one.includes(text))
  const refused = JSON.parse(await until('the line', async () => line('config refused')))
  assert.equal(refused.code, 'GDE_CONFIG_INVALID')
  assert.match(refused.since, /^\d{4}-\d\d-\d\dT/)
  assert.ok((await scrapeVerdicts(metrics, AbortSignal.timeout(10_000))).has(instanceName('quotas', 'staging')))

  await writeFile(fixture.config, good.replace('name: quotas', 'name: limits'))
  await until('the new app', async () =>
    (await scrapeVerdicts(metrics, AbortSignal.timeout(10_000))).has(instanceName('limits', 'staging'))
      ? true
      : undefined,
  )
  assert.equal(await sample(metrics, `${successful} `), `${successful} 1`)
  const { was, lastedSeconds } = JSON.parse(line('"msg":"config loaded"') ?? '')
  assert.equal(was, 'refused')
  assert.ok(lastedSeconds >= 0)
  assert.equal(
    (await scrapeVerdicts(metrics, AbortSignal.timeout(10_000))).has(instanceName('quotas', 'staging')),
    false,
  )
})

test('SIGHUP makes it read its config again', async () => {
  await serve()
  const loads = (): number => log.split('"msg":"config loaded"').length - 1
  assert.equal(loads(), 1)
  serving?.kill('SIGHUP')
  await until('the second load', async () => (loads() === 2 ? true : undefined))
})

test('SIGHUP while it starts is answered once it has started', async () => {
  const child = startProgram(['serve', '--config', fixture.config])
  serving = child
  log = ''
  child.stderr.on('data', (chunk) => {
    log += chunk
  })
  const loads = (): number => log.split('"msg":"config loaded"').length - 1
  await until('the first load', async () => (loads() > 0 ? true : undefined))
  child.kill('SIGHUP')
  await until('the second load', async () => (loads() === 2 || child.signalCode !== null ? true : undefined))
  assert.equal(child.signalCode, null)
})

test('a second one on the same state directory is refused', async () => {
  await serve()
  const second = startProgram(['serve', '--config', fixture.config])
  const [err] = await Promise.all([text(second.stderr), once(second, 'close')])
  assert.equal(second.exitCode, 2)
  assert.match(err, /GDE_STATE_LOCKED/)
})

test('a port that is taken is a coded error and exit code 2', async () => {
  const { metrics } = await serve()
  const other = await makeDemoFixture({ metrics: Number(new URL(metrics).port), pages: 0 })
  const second = startProgram(['serve', '--config', other.config])
  const [err] = await Promise.all([text(second.stderr), once(second, 'close')])
  await other.remove()
  assert.equal(second.exitCode, 2)
  assert.match(err, /GDE_LISTEN/)
})

test('a config that cannot be used at the start is reported, with exit code 2', async () => {
  await writeFile(fixture.config, 'clusters: none')
  const child = startProgram(['serve', '--config', fixture.config])
  const [err] = await Promise.all([text(child.stderr), once(child, 'close')])
  assert.equal(child.exitCode, 2)
  assert.match(err, /config.yaml:1:11: clusters must be a list, not text \(GDE_CONFIG_INVALID\)/)
})
