import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { builtProgram, runProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { at, getJson, listAt } from '../servers/http-json.ts'
import type { Alert } from '../servers/prometheus.ts'
import { skipWithout } from '../tools/build.ts'
import { CANARIES, deployment, type Night, startNight } from './night.ts'
import { assertTold } from './told.ts'

/** The story of docs/story.md, played by the programs that it is about: what it shows is what they say here. */
const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl', 'prometheus', 'alertmanager')
const APP = 'payments-api@prod-eu'
let night: Night
/** What the program showed and said, by where. */
const said = new Map<string, string>()
let appUrl = ''

before(
  async () => {
    if (skip !== false) return
    await builtProgram()
    night = await startNight()
  },
  { timeout: 180_000 },
)
after(() => night?.[Symbol.asyncDispose]())

async function read(url: string): Promise<string> {
  const answer = await fetch(url, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(10_000) })
  assert.equal(answer.status, 200, url)
  const text = await answer.text()
  said.set(url, text)
  return text
}

async function command(...args: readonly string[]): Promise<string> {
  const { out, err } = await runProgram(...args, '--config', night.config)
  said.set(args.join(' '), out + err)
  return out
}

/** A table row or list of a page as text. */
function words(markup: string): string {
  return markup
    .replaceAll(/<span class="quiet">[^<]* UTC<\/span>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

async function alertsOf(app: string): Promise<readonly Alert[]> {
  const alerts = await night.alertmanager.alerts()
  said.set('alerts', JSON.stringify(alerts))
  return alerts.filter(({ labels }) => labels.app_name === app)
}

const rowOf = (page: string, link: string): string =>
  words(page.split(/<\/?tr>/).find((row) => row.includes(`${link}</a>`)) ?? '')

test('Alice scales by hand, and the alert names the app, the field, the program and the page', { skip }, async (t) => {
  const { server } = night
  await server.kubectl([
    ...['scale', 'deployment/payments-api', '--namespace=payments', '--replicas=11'],
    ...['--as=alice', '--as-group=on-call'],
  ])
  const password = JSON.stringify({ stringData: { password: CANARIES.live } })
  await server.kubectl(['patch', 'secret/database', '--namespace=billing', `--patch=${password}`, '--as=bob'])
  const alert = await until('the alert with what differs', async () =>
    (await alertsOf('payments-api')).find(
      ({ labels, annotations }) =>
        labels.alertname === 'GitOpsManualChange' && annotations.description?.includes('/spec/replicas'),
    ),
  )
  await until('the alert of the other app', async () => ((await alertsOf('billing')).length > 0 ? true : undefined))
  const { summary, description, status_url = '' } = alert.annotations
  assert.match(description ?? '', /Deployment payments\/payments-api is changed at \/spec\/replicas by kubectl scale\./)
  assert.doesNotMatch(JSON.stringify(alert), /alice/)
  appUrl = status_url
  await assertTold(t, 'alert', [summary, description, status_url].join('\n'))
})

test('the link leads to the app’s page, where her name stands, as on the first screen', { skip }, async (t) => {
  assert.match(appUrl, new RegExp(`^${night.exporter.pagesUrl}/apps/`))
  const page = await until('her name', async () => {
    const text = await read(appUrl)
    return text.includes('kubectl scale by alice') ? text : undefined
  })
  const history = page.split('<h2 id="history">')[1] ?? ''
  assert.match(words(history), /replicas 3→11 kubectl scale by alice/)
  const first = await until('the names of both', async () => {
    const text = await read(night.exporter.pagesUrl)
    return text.includes('by alice') && text.includes('by bob') ? text : undefined
  })
  assert.match(rowOf(first, 'payments-api'), /replicas 3→11 · kubectl scale by alice/)
  assert.match(rowOf(first, 'billing'), /password differs · kubectl patch by bob/)
  assert.match(first, /<title>2 OutOfSync · /)
  await assertTold(t, 'first screen', rowOf(first, 'payments-api'))
})

test('page, API and history say the same', { skip }, async (t) => {
  const api = `${night.exporter.pagesUrl}/api/v1`
  const id = new URL(appUrl).pathname.split('/').at(-1)
  const [object] = listAt(await getJson(`${api}/apps/${id}`), 'objects')
  const [difference] = listAt(object ?? null, 'differences')
  assert.deepEqual(
    [at(difference, 'path'), at(difference, 'desired'), at(difference, 'live'), at(difference, 'actor', 'user')],
    ['/spec/replicas', 3, 11, 'alice'],
  )
  const [episode, ...others] = listAt(await getJson(`${api}/episodes?actor=alice`), 'episodes')
  assert.equal(others.length, 0)
  const [drifted] = listAt(episode ?? null, 'objects')
  const [writer] = listAt(drifted ?? null, 'writers')
  assert.deepEqual([at(writer, 'user'), at(writer, 'impersonator'), at(writer, 'verb')], ['alice', 'admin', 'patch'])
  assert.match(String(at(writer, 'userAgent')), /^kubectl\//)
  const history = await command('history', '--app', 'payments-api')
  assert.match(
    history,
    /payments-api +prod-eu +live +lasts +kubectl scale by alice +Deployment payments-api: replicas 3→11/,
  )
  await assertTold(t, 'history', history)
})

test('she commits it, and the episode ends committed to Git', { skip }, async (t) => {
  const { repository, exporter } = night
  const commit = await repository.commit(
    { 'payments/api.yaml': deployment(11) },
    { message: 'payments-api: eleven replicas', time: Math.floor(Date.now() / 1000) },
  )
  await exporter.untilApp(APP, { status: 'Synced' })
  // That somebody changed it by hand is told for longer.
  await until('the alert to end', async () =>
    (await alertsOf('payments-api')).every(({ labels }) => labels.alertname !== 'GitOpsOutOfSync') ? true : undefined,
  )
  const page = await read(appUrl)
  const history = words(page.split('<h2 id="history">')[1] ?? '')
  assert.match(history, new RegExp(`kubectl scale by alice committed to Git ${commit.slice(0, 7)}`))
  const ended = await command('history', '--app', 'payments-api')
  assert.match(ended, /live +committed +kubectl scale by alice/)
  await assertTold(t, 'history afterwards', ended)
})

test('the weekly report has it, and is the same twice', { skip }, async (t) => {
  const until = new Date(Date.now() + 1000).toISOString().replace(/\.\d+Z/, 'Z')
  const report = () => command('report', '--since', '7d', '--until', until)
  const week = await report()
  assert.match(week, /\| kubectl scale by alice \| 1 \|/)
  assert.match(week, /\| committed \| 1 \|/)
  assert.match(week, /\| payments-api in prod-eu \| 1 \|/)
  assert.equal(await report(), week)
  for (const format of ['html', 'json']) await command('report', '--format', format, '--until', until)
  await assertTold(t, 'report', week.split('\n## Clusters')[0]?.trim() ?? '')
})

test('no page, answer, event, report or file of the database holds a secret', { skip }, async () => {
  const { exporter, folder } = night
  const { pagesUrl, metricsUrl } = exporter
  const first = await read(pagesUrl)
  const links = [...first.matchAll(/href="(\/apps\/[^"#]+)"/g)].map(([, path]) => path ?? '')
  for (const path of [...links, '/?view=matrix', '/?status=OutOfSync']) await read(pagesUrl + path)
  for (const path of ['apps', 'episodes', 'incidents', 'problems', 'clusters', 'repositories'])
    await read(`${pagesUrl}/api/v1/${path}`)
  for (const path of links) await read(`${pagesUrl}/api/v1${path}`)
  await read(`${metricsUrl}/metrics`)
  for (const output of ['text', 'json', 'csv']) await command('history', '--output', output)
  said.set('events', await eventsOf(`${pagesUrl}/api/v1/events`))
  said.set('log', exporter.log())
  const state = join(folder, 'state')
  const files = (await readdir(state, { recursive: true, withFileTypes: true })).filter((file) => file.isFile())
  // Git's objects are what is in Git; they are packed, so that nothing could be found in them.
  for (const { parentPath, name } of files.filter((file) => !file.parentPath.includes('.git')))
    said.set(name, (await readFile(join(parentPath, name))).toString('latin1'))
  assert.ok(said.has('journal.db') && said.size > 25, [...said.keys()].join(', '))
  assert.match(said.get('events') ?? '', /event: app\b/)
  for (const canary of Object.values(CANARIES))
    for (const spelling of [canary, Buffer.from(canary).toString('base64').replace(/=+$/, '')])
      for (const [where, text] of said) assert.ok(!text.includes(spelling), `${where} holds ${canary}`)
})

/** What is told while somebody changes something. */
async function eventsOf(url: string): Promise<string> {
  const { server } = night
  const stop = new AbortController()
  const answer = await fetch(url, { signal: AbortSignal.any([stop.signal, AbortSignal.timeout(60_000)]) })
  let text = ''
  assert.ok(answer.body !== null)
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    if (text === '') {
      const password = JSON.stringify({ stringData: { password: CANARIES.live, user: CANARIES.live } })
      await server.kubectl(['patch', 'secret/database', '--namespace=billing', `--patch=${password}`, '--as=bob'])
    }
    text += chunk
    if (text.includes('event: app')) break
  }
  stop.abort()
  return text
}
