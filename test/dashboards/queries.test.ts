import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../commands/until.ts'
import { at, getJson, listAt } from '../servers/http-json.ts'
import { type Prometheus, type Series, startPrometheus, strings } from '../servers/prometheus.ts'
import { skipWithout } from '../tools/build.ts'
import { type Provoked, startProvoked } from './provoked.ts'
import { DASHBOARDS, filledIn, PANELS } from './shipped.ts'

const RULES = join(import.meta.dirname, '../../alerts/rules.yaml')
const RANGES = { rate: '5s', interval: '1s', range: '20s' }
/** Longer than a test lasts: whatever has happened lies within. */
const LONG = { rate: '10m', interval: '1s', range: '10m' }
/** Two jobs that scrape the same exporter are as two replicas that know the same. */
const ONE = { job: 'one' }
const TWO = { job: 'two' }
const BOTH = { job: 'one|two' }
const skip = skipWithout('prometheus')

async function ask(
  prometheus: Prometheus,
  query: string,
  job: Readonly<Record<string, string>>,
  { ranges = RANGES, time }: { readonly ranges?: typeof RANGES; readonly time?: number } = {},
): Promise<readonly Series[]> {
  const expression = filledIn(query, ranges, { ...job, instance: '.+' })
  const asOf = time === undefined ? '' : `&time=${time}`
  const answer = await getJson(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expression)}${asOf}`)
  return listAt(answer, 'data', 'result').map(
    (item): Series => ({ labels: strings(at(item, 'metric')), value: Number(listAt(item, 'value')[1]) }),
  )
}

const ALL = [
  ...PANELS.flatMap(({ dashboard, title, queries }) =>
    queries.map((query) => ({ name: `${dashboard}: ${title}`, query })),
  ),
  ...DASHBOARDS.flatMap(({ uid, annotations }) => annotations.map((query) => ({ name: `${uid}: annotation`, query }))),
]

/** What Prometheus knows by itself, and shows best when the exporter is dead. */
const OF_PROMETHEUS = ['gitops-fleet: Alerts that fire', 'gitops-exporter: Targets that do not answer']

async function startScraping(targets: Readonly<Record<string, string>>): Promise<Prometheus> {
  return startPrometheus({
    scrape: Object.entries(targets).map(([job, url]) => ({ job, url })),
    ruleFiles: [RULES],
    scrapeInterval: '500ms',
    evaluationInterval: '500ms',
  })
}

/** What happens is counted by all of these jobs from their first scrape on, however late that was. */
async function beginOnceScraped(exporter: Provoked, prometheus: Prometheus, jobs: readonly string[]): Promise<void> {
  const scraped = 'count(count by (job) (gitops_evaluations_total))'
  await until('the first scrapes', async () => (await prometheus.query(scraped))[0]?.value === jobs.length || undefined)
  exporter.begin()
}

/** Until nothing moves any more in what these jobs scrape, and all of it is there. */
async function untilFrozen(exporter: Provoked, prometheus: Prometheus, jobs: readonly string[]): Promise<number> {
  const times = exporter.freeze()
  const happened = `count(max by (job) (gitops_app_sync_status_changes_total) == ${times})`
  // One shard has no app that changes.
  const changing = jobs.filter((job) => job !== 'shard-1').length
  await until('the last of it', async () => (await prometheus.query(happened))[0]?.value === changing || undefined)
  const news = DASHBOARDS[0]?.annotations[0] ?? ''
  for (const job of jobs)
    await until(
      'the last commit to be no news',
      async () => (await ask(prometheus, news, { job })).length === 0 || undefined,
    )
  return Date.now() / 1000
}

test('every panel and annotation has data once its state is provoked, and none, not 0, when the exporter is dead', {
  skip,
}, async () => {
  await using exporter = await startProvoked()
  await using prometheus = await startScraping({ one: exporter.url, two: exporter.url })
  exporter.begin()
  const waiting = new Map(ALL.map((one) => [one.query, one.name]))
  await until('data of every panel', async () => {
    for (const query of waiting.keys()) {
      const series = await ask(prometheus, query, ONE)
      if (series.some(({ value }) => !Number.isNaN(value))) waiting.delete(query)
    }
    return waiting.size === 0 || undefined
  }).catch((error: unknown) => {
    throw new Error(`no data: ${[...waiting].map(([query, name]) => `${name}\n  ${query}`).join('\n')}`, {
      cause: error,
    })
  })
  await exporter.close()
  const left = new Map(ALL.filter(({ name }) => !OF_PROMETHEUS.includes(name)).map((one) => [one.query, one.name]))
  await until('no data of any panel', async () => {
    for (const query of left.keys()) if ((await ask(prometheus, query, ONE)).length === 0) left.delete(query)
    return left.size === 0 || undefined
  }).catch((error: unknown) => {
    throw new Error(`still data: ${[...left].map(([query, name]) => `${name}\n  ${query}`).join('\n')}`, {
      cause: error,
    })
  })
  const [dead] = await ask(prometheus, queryOf('Targets that do not answer'), ONE)
  assert.equal(dead?.value, 1)
})

test('two replicas do not count twice', { skip }, async () => {
  await using exporter = await startProvoked()
  await using prometheus = await startScraping({ one: exporter.url, two: exporter.url })
  await beginOnceScraped(exporter, prometheus, ['one', 'two'])
  const waiting = new Set(ALL.flatMap(({ query }) => ['one', 'two'].map((job) => ({ query, job }))))
  await until('data of both', async () => {
    for (const one of waiting) if ((await ask(prometheus, one.query, { job: one.job })).length > 0) waiting.delete(one)
    return waiting.size === 0 || undefined
  })
  const moment = { ranges: LONG, time: await untilFrozen(exporter, prometheus, ['one', 'two']) }
  for (const { name, query } of ALL) {
    // The work of two exporters is twice the work; each tells of itself.
    if (name.startsWith('gitops-exporter')) continue
    const [one, both] = [await ask(prometheus, query, ONE, moment), await ask(prometheus, query, BOTH, moment)]
    const names = (series: readonly Series[]) => series.map(({ labels }) => JSON.stringify(labels)).toSorted()
    assert.deepEqual(names(both), names(one), name)
    const two = await ask(prometheus, query, TWO, moment)
    const valueIn = (series: readonly Series[], labels: Series['labels']): number =>
      series.find((other) => JSON.stringify(other.labels) === JSON.stringify(labels))?.value ?? Number.NaN
    for (const { labels, value } of one) {
      const other = valueIn(both, labels)
      // The scrapes of the two are moments apart, and by that Prometheus extrapolates; together they are as much as the larger, not as both.
      const larger = Math.max(value, valueIn(two, labels))
      if (/rate\(|increase\(/.test(query)) assert.ok(!(Math.abs(other - larger) > 0.5 * larger), `${name}: ${other}`)
      else assert.equal(other, value, name)
    }
  }
})

test('shards are one fleet', { skip }, async () => {
  await using exporter = await startProvoked()
  const [first = '', second = ''] = exporter.shardUrls
  await using prometheus = await startScraping({ one: exporter.url, 'shard-0': first, 'shard-1': second })
  const shards = { job: 'shard-0|shard-1' }
  const jobs = ['one', 'shard-0', 'shard-1']
  await beginOnceScraped(exporter, prometheus, jobs)
  const waiting = new Set(ALL.flatMap(({ query }) => [ONE, shards].map((jobs) => ({ query, jobs }))))
  await until('data of both', async () => {
    for (const one of waiting) if ((await ask(prometheus, one.query, one.jobs)).length > 0) waiting.delete(one)
    return waiting.size === 0 || undefined
  })
  const moment = { ranges: LONG, time: await untilFrozen(exporter, prometheus, jobs) }
  for (const { name, query } of ALL) {
    if (name.startsWith('gitops-exporter')) continue
    const [whole, parts] = [await ask(prometheus, query, ONE, moment), await ask(prometheus, query, shards, moment)]
    const shown = (series: readonly Series[]) => series.map(({ labels }) => JSON.stringify(labels)).toSorted()
    assert.deepEqual(shown(parts), shown(whole), name)
    for (const { labels, value } of whole) {
      const other = parts.find((one) => JSON.stringify(one.labels) === JSON.stringify(labels))?.value ?? Number.NaN
      // Their scrapes are moments apart, and by that Prometheus extrapolates.
      if (/rate\(|increase\(/.test(query)) assert.ok(!(Math.abs(other - value) > 0.5 * value), `${name}: ${other}`)
      else assert.equal(other, value, name)
    }
  }
  const missing = queryOf('Missing shards')
  assert.equal((await ask(prometheus, missing, shards))[0]?.value, 0)
  assert.equal((await ask(prometheus, missing, { job: 'shard-0' }))[0]?.value, 1)
})

test('without apps that drift the number of them is 0, for it is known', { skip }, async () => {
  await using exporter = await startProvoked()
  await using prometheus = await startScraping({ one: exporter.url, two: exporter.url })
  const query = queryOf('OutOfSync')
  await until('the apps', async () => (await ask(prometheus, query, ONE)).length > 0 || undefined)
  const [calm] = await ask(prometheus, query, { ...ONE, app: 'calm' })
  assert.equal(calm?.value, 0)
  assert.deepEqual(await ask(prometheus, query, { ...ONE, app: 'nobody' }), [])
})

function queryOf(title: string): string {
  return PANELS.find((panel) => panel.title === title)?.queries[0] ?? ''
}
