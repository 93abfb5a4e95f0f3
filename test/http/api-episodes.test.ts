import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createJournalStore } from '../../src/journal/store/journal-store.ts'
import type { Sighting } from '../../src/model/journal/journal.ts'
import type { JournalControlMethods, JournalMainMethods, JournalThreadData } from '../../src/threads/rpc/protocol.ts'
import { answerCalls, createCaller } from '../../src/threads/rpc/rpc.ts'
import { threadEntry } from '../../src/threads/thread-entry.ts'
import { drifted, episodeApp, objectText, SCALED_BY_ALICE, sighting } from '../journal/sightings.ts'
import { CAPS, writeJournal as journal } from '../journal/write-journal.ts'
import { appReport, clusterReport } from '../metrics/reports.ts'
import { type Serving, serve } from './serving.ts'

async function get({ http }: Serving, path: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${http.pagesUrl}/api/v1${path}`, { headers })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, json: text === '' ? undefined : JSON.parse(text) }
}

const ended = (name: string, at: number): Sighting =>
  sighting(episodeApp(name), at, [], { ended: { [objectText('web')]: 'healed' } })
const begun = (name: string, at: number, object = drifted('web', { cause: 'live' })): Sighting =>
  sighting(episodeApp(name), at, [object], { cause: 'live' })

const HISTORY = [
  begun('shop', 100, SCALED_BY_ALICE),
  ended('shop', 200),
  begun('cart', 150),
  ended('cart', 160),
  begun('shop', 300),
  begun('blog', 300),
]

const namesOf = (json: { episodes: readonly { app: { name: string }; began: number }[] }): readonly string[] =>
  json.episodes.map(({ app, began }) => `${app.name} ${began}`)

test('episodes come from the journal thread, with objects, pointers and both values, and are filtered', async () => {
  await using kept = await journal(HISTORY)
  const data: JournalThreadData = { stateDirectory: kept.folder, caps: CAPS, audit: [], logLevel: 'error' }
  const worker = new Worker(threadEntry('journal'), { workerData: data })
  answerCalls<JournalMainMethods>(worker, { log: () => undefined, problems: () => undefined })
  const caller = createCaller<JournalControlMethods>(worker)
  try {
    await using serving = await serve({ episodes: (search, signal) => caller.call('episodes', search, signal) })
    const { json } = await get(serving, '/episodes')
    assert.deepEqual(namesOf(json), ['shop 300', 'blog 300', 'cart 150', 'shop 100'])
    const [field] = json.episodes[3].objects[0].fields
    assert.deepEqual([field.path, field.desired, field.live, field.actor.user], ['/spec/replicas', 3, 11, 'alice'])
    assert.equal('marks' in json.episodes[3].objects[0], false)
    for (const [query, names] of [
      [`app=${encodeURIComponent(episodeApp('cart').id)}`, ['cart 150']],
      ['name=shop', ['shop 300', 'shop 100']],
      ['cluster=two', []],
      ['project=shop&state=lasting', ['shop 300', 'blog 300']],
      ['project=none', []],
      ['actor=alice', ['shop 100']],
      ['actor=kubectl', ['shop 100']],
      ['state=ended', ['cart 150', 'shop 100']],
      ['endedBy=healed&cause=live', ['cart 150', 'shop 100']],
      ['since=170', ['shop 300', 'blog 300', 'shop 100']],
      ['until=150', ['cart 150', 'shop 100']],
    ] as const)
      assert.deepEqual(namesOf((await get(serving, `/episodes?${query}`)).json), names, query)
    const tag = (await get(serving, '/episodes')).headers.get('etag') ?? ''
    assert.equal((await get(serving, '/episodes', { 'if-none-match': tag })).status, 304)
  } finally {
    await caller.call('close', undefined)
    await worker.terminate()
  }
})

test('an entry that cannot be read is passed over, and the log says so once', async () => {
  await using kept = await journal(HISTORY)
  const damage = new DatabaseSync(kept.path)
  damage.exec(`UPDATE episodes SET document = '{"app":' WHERE name = 'cart'`)
  damage.close()
  const data: JournalThreadData = { stateDirectory: kept.folder, caps: CAPS, audit: [], logLevel: 'warn' }
  const worker = new Worker(threadEntry('journal'), { workerData: data })
  const logged: string[] = []
  answerCalls<JournalMainMethods>(worker, {
    log: ({ message, fields }) => void logged.push(`${message} ${JSON.stringify(fields)}`),
    problems: () => undefined,
  })
  const caller = createCaller<JournalControlMethods>(worker)
  try {
    await using serving = await serve({ episodes: (search, signal) => caller.call('episodes', search, signal) })
    for (let time = 0; time < 2; time += 1)
      assert.deepEqual(namesOf((await get(serving, '/episodes')).json), ['shop 300', 'blog 300', 'shop 100'])
    await caller.call('ping', undefined)
    const told = logged.filter((line) => line.includes('cannot be read'))
    assert.deepEqual(told, ['entries of the journal cannot be read, and searches pass over them {"entries":1}'])
  } finally {
    await caller.call('close', undefined)
    await worker.terminate()
  }
})

test('pages of episodes hold each once, while others begin', async () => {
  const many = Array.from({ length: 1100 }, (_, index) => `app-${index}`)
  await using kept = await journal(many.map((name, index) => begun(name, 1000 + (index % 7))))
  await using serving = await serve({ episodes: kept.search })
  const writer = createJournalStore({ path: kept.path, caps: CAPS, now: Date.now })
  const seen: string[] = []
  let cursor = ''
  do {
    const { json } = await get(serving, `/episodes?limit=300${cursor}`)
    seen.push(...json.episodes.map(({ app }: { app: { name: string } }) => app.name))
    writer.record([{ run: 'more', number: seen.length, sighting: begun(`new-${seen.length}`, 5000) }])
    cursor = json.next === null ? '' : `&cursor=${json.next}`
  } while (cursor !== '')
  writer.close()
  assert.deepEqual(seen.toSorted(), many.toSorted())
})

test('a search that finds nothing for a long way goes on to the end', async () => {
  const noise = Array.from({ length: 1200 }, (_, index) => begun(`noise-${index}`, 2000 + index))
  await using kept = await journal([begun('old', 50, SCALED_BY_ALICE), ...noise])
  await using serving = await serve({ episodes: kept.search })
  const { json } = await get(serving, '/episodes?actor=alice&limit=1')
  assert.deepEqual([namesOf(json), json.next], [['old 50'], null])
})

test('a journal that is damaged, missing or kept by somebody else is a coded 503', async () => {
  await using kept = await journal(HISTORY, 0x6969)
  await using serving = await serve({ episodes: kept.search })
  const isUnreadable = async (): Promise<void> => {
    const { status, json } = await get(serving, '/episodes')
    assert.deepEqual([status, json.code], [503, 'GDE_JOURNAL_READ'], json.message)
    assert.doesNotMatch(json.message, new RegExp(kept.folder))
  }
  const other = new DatabaseSync(kept.path)
  other.exec('BEGIN EXCLUSIVE')
  await isUnreadable()
  other.exec('ROLLBACK')
  other.close()
  assert.equal((await get(serving, '/episodes')).status, 200)
  await writeFile(kept.path, 'no database at all'.repeat(1000))
  await isUnreadable()
  await rm(kept.path)
  await isUnreadable()
  assert.deepEqual(
    serving.logged.filter((line) => line === 'a request failed'),
    [],
  )
})

test('incidents have the apps that they explain, and those are listed by them', async () => {
  const failure = { code: 'GDE_CLUSTER_UNREACHABLE', message: 'connection refused' } as const
  const lost = ['a', 'b'].map((name) =>
    appReport(name, { destination: 'prod-eu' }, { outcome: { status: 'Unknown', reason: failure } }),
  )
  await using serving = await serve({
    updates: [
      ...[...lost, appReport('c')].map((report) => ({ type: 'app', report }) as const),
      { type: 'cluster', report: clusterReport('prod-eu', { up: false, failure }) },
    ],
    refusedConfig: () => ({ failure: { code: 'GDE_CONFIG_SYNTAX', message: 'no YAML', file: 'c.yaml' }, at: 7 }),
  })
  const { json } = await get(serving, '/incidents')
  const [config, cluster] = json.incidents
  assert.deepEqual([config.kind, config.since, config.file], ['config', 7, 'c.yaml'])
  assert.deepEqual(
    [cluster.id, cluster.appCount, cluster.apps],
    ['cluster:prod-eu', 2, lost.map(({ summary }) => summary.id)],
  )
  const { json: apps } = await get(serving, `/apps?incident=${encodeURIComponent(cluster.id)}&sort=-name`)
  assert.deepEqual(
    apps.apps.map(({ identity }: { identity: { name: string } }) => identity.name),
    ['b', 'a'],
  )
  assert.equal((await get(serving, '/apps?incident=none')).json.total, 0)
})
