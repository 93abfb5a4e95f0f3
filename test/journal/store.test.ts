import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { createJournalStore, type JournalStore } from '../../src/journal/store/journal-store.ts'
import { NEWEST_VERSION, versionOf } from '../../src/journal/store/migrations.ts'
import type { Sighting } from '../../src/model/journal/journal.ts'
import { readEpisodes } from './read-episodes.ts'
import { drifted, episodeApp, objectText, sighting } from './sightings.ts'

const shop = episodeApp('shop')
const LARGE = { days: 90, bytes: 1e9, commitAuthors: false }

interface Folder extends AsyncDisposable {
  readonly path: string
  now: number
  open(options?: { readonly caps?: typeof LARGE; readonly fileSystem?: number }): JournalStore
}

async function folder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'journal-test-'))
  const stores: JournalStore[] = []
  const made: Folder = {
    path: join(path, 'journal.db'),
    now: 1_000_000,
    open({ caps = LARGE, ...options } = {}) {
      const store = createJournalStore({ path: made.path, caps, now: () => made.now, ...options })
      stores.push(store)
      return store
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) store.close()
      await rm(path, { recursive: true, force: true })
    },
  }
  return made
}

let number = 0
function tell(store: JournalStore, ...sightings: readonly Sighting[]) {
  return store.record(
    sightings.map((one) => {
      number += 1
      return { run: 'test', number, sighting: one }
    }),
  )
}

const end = (at: number): Sighting => sighting(shop, at, [], { ended: { [objectText('web')]: 'healed' } })

test('commits of an episode have their subjects, and who wrote them where that was chosen', async () => {
  for (const commitAuthors of [false, true]) {
    await using at = await folder()
    const store = at.open({ caps: { ...LARGE, commitAuthors } })
    const [commit] = sighting(shop, 100).commits
    assert.ok(commit !== undefined)
    const commits = [{ ...commit, subject: 'eleven replicas', author: 'Alice' }]
    tell(store, { ...sighting(shop, 100, [drifted('web')], { cause: 'live' }), commits }, { ...end(200), commits })
    store.close()
    const { author: _author, ...unnamed } = commits[0] ?? commit
    const last = readEpisodes(at.path)[0]?.commits
    assert.deepEqual(last, commitAuthors ? { begin: commits, end: commits } : { begin: [unnamed], end: [unnamed] })
  }
})

test('what lasts goes on after a restart, with its begin', async () => {
  await using at = await folder()
  const first = at.open()
  assert.equal(first.status.mode, 'wal')
  tell(first, sighting(shop, 100, [drifted('web', { began: 40, cause: 'live' })], { cause: 'live' }))
  first.close()
  const second = at.open()
  assert.deepEqual(second.restore().apps, [
    {
      app: shop,
      history: 'history at 100',
      drifting: { seen: 100, cause: 'live', objects: { [objectText('web')]: { declared: 'd', live: 'l' } } },
    },
  ])
  assert.deepEqual(tell(second, end(160)), [{ app: shop.id, cause: 'live', endedBy: 'healed', seconds: 120 }])
  assert.deepEqual(
    readEpisodes(at.path).map(({ began, ended, endedBy }) => [began, ended, endedBy]),
    [[40, 160, 'healed']],
  )
  assert.equal(second.restore().apps[0]?.drifting, undefined)
})

test('a group that is told twice counts once, also after the thread that wrote it died', async () => {
  await using at = await folder()
  const group = [sighting(shop, 1, [drifted('web')]), end(2), sighting(shop, 3, [drifted('web')]), end(4)].map(
    (one, index) => ({ run: 'first', number: index + 1, sighting: one }),
  )
  assert.equal(at.open().record(group).length, 2)
  const successor = at.open()
  assert.deepEqual(successor.record(group), [])
  assert.deepEqual(
    readEpisodes(at.path).map(({ seen, ended }) => [seen, ended]),
    [
      [1, 2],
      [3, 4],
    ],
  )
})

test('since-times of a version without journal are taken over once', async () => {
  await using at = await folder()
  const store = at.open()
  assert.equal(store.restore().hasTakenOver, false)
  store.takeOver([{ app: shop, history: 'old', drifting: { seen: 7, cause: 'git', objects: {} } }])
  store.close()
  const next = at.open()
  assert.equal(next.restore().hasTakenOver, true)
  assert.deepEqual(next.restore().apps[0]?.drifting, { seen: 7, cause: 'git', objects: {} })
  tell(next, sighting(shop, 9, [drifted('web')], { cause: 'git' }))
  assert.deepEqual(
    readEpisodes(at.path).map(({ seen, objects }) => [seen, objects.length]),
    [[7, 1]],
  )
})

test('a time in which nobody looked is a gap, of an app or of all', async () => {
  await using at = await folder()
  const gaps = () => {
    const database = new DatabaseSync(at.path, { readOnly: true })
    const rows = database.prepare('SELECT * FROM gaps ORDER BY began').all()
    database.close()
    return rows.map(({ app, began, ended, reason }) => [app, began, ended, reason])
  }
  const store = at.open()
  const unknown = (time: number): Sighting => sighting(shop, time, [], { status: 'Unknown', reason: 'GDE_STALE' })
  tell(store, unknown(900), unknown(910), sighting(shop, 920))
  assert.deepEqual(gaps(), [[shop.id, 900, 920, 'GDE_STALE']])
  at.now = 1_000_000_000
  store.tick()
  at.now = 2_000_000_000
  const killed = at.open()
  killed.observing(2_000_010)
  assert.deepEqual(gaps().slice(1), [['', 1_000_000, 2_000_010, 'not-running']])
})

test('a file that is damaged is set aside, and another one begun', async (t) => {
  for (const [what, damage] of [
    ['no database', (path: string) => writeFile(path, 'This is no database at all. '.repeat(500))],
    ['cut off', (path: string) => truncate(path, 9000)],
  ] as const)
    await t.test(what, async () => {
      await using at = await folder()
      const store = at.open()
      for (let index = 0; index < 200; index += 1)
        tell(store, sighting(episodeApp(`app-${index}`), index, [drifted('web')]))
      store.close()
      await damage(at.path)
      const next = at.open()
      assert.deepEqual(
        next.status.problems.map(({ code }) => code),
        ['GDE_JOURNAL_DAMAGED'],
      )
      assert.deepEqual([next.status.up, next.status.setAside], [true, 1])
      assert.equal(next.restore().hasTakenOver, false)
      tell(next, sighting(shop, 1, [drifted('web')]))
      assert.equal(readEpisodes(at.path).length, 1)
      assert.ok((await readdir(dirname(at.path))).some((name) => name.startsWith('journal.db.damaged-')))
    })
  await t.test('of a newer version', async () => {
    await using at = await folder()
    const database = new DatabaseSync(at.path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    assert.match(at.open().status.problems[0]?.message ?? '', /version 99, not 1; it was set aside as/)
  })
})

test('a file that is damaged while it is used costs nothing of what lasts', async () => {
  await using at = await folder()
  const store = at.open()
  tell(store, sighting(shop, 5, [drifted('web')]))
  const other = new DatabaseSync(at.path, { defensive: false })
  other.exec(
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 100000 WHERE name = 'apps'; PRAGMA schema_version = 1000",
  )
  other.close()
  tell(store, sighting(episodeApp('other'), 6, [drifted('web')]))
  tell(store, sighting(episodeApp('third'), 7, [drifted('web')]))
  assert.equal(store.status.setAside, 1)
  assert.deepEqual(
    readEpisodes(at.path).map(({ app, seen }) => [app.name, seen]),
    [
      ['shop', 5],
      ['other', 6],
      ['third', 7],
    ],
  )
})

test('a file system that machines share carries no write-ahead log: that is found out, said, and works', async () => {
  await using at = await folder()
  const NFS = 0x6969
  const store = at.open({ fileSystem: NFS })
  assert.equal(store.status.mode, 'delete')
  assert.match(store.status.problems[0]?.message ?? '', /NFS .*cannot carry a write-ahead log/)
  tell(store, sighting(shop, 1, [drifted('web')]))
  assert.equal(readEpisodes(at.path).length, 1)
})

test('where nothing can be written verdicts go on, and what was seen is written later', async () => {
  await using at = await folder()
  const store = at.open()
  const blocker = new DatabaseSync(at.path)
  blocker.exec('PRAGMA max_page_count = 1; BEGIN EXCLUSIVE')
  tell(store, sighting(shop, 1, [drifted('web')]), end(2))
  assert.deepEqual([store.status.up, store.status.problems.map(({ code }) => code)], [false, ['GDE_JOURNAL_WRITE']])
  blocker.exec('ROLLBACK')
  blocker.close()
  tell(store, sighting(episodeApp('other'), 3, [drifted('web')]))
  assert.equal(store.status.up, true)
  assert.deepEqual(
    readEpisodes(at.path).map(({ app, ended }) => [app.name, ended]),
    [
      ['shop', 2],
      ['other', undefined],
    ],
  )
})

test('the file keeps its caps: what ended long ago goes first, what lasts stays', async (t) => {
  const fill = (store: JournalStore): void => {
    const large = Array.from({ length: 20 }, (_, index) => ({
      path: `/data/${index}`,
      class: 'changed' as const,
      live: 'x'.repeat(1500),
    }))
    tell(store, sighting(episodeApp('lasting'), 0, [drifted('web')]))
    for (let index = 1; index <= 1000; index += 1)
      tell(store, sighting(shop, index * 1000, [drifted('web', { fields: large })]), end(index * 1000 + 1))
  }
  await t.test('by days', async () => {
    await using at = await folder()
    const store = at.open({ caps: { days: 1, bytes: 1e9, commitAuthors: false } })
    fill(store)
    at.now = 1_000_000_000
    store.tick()
    store.tick()
    const left = readEpisodes(at.path)
    assert.equal(left[0]?.app.name, 'lasting')
    assert.ok(left.slice(1).every(({ ended = 0 }) => ended >= 1_000_000 - 86_400))
    assert.ok(left.length > 50)
  })
  await t.test('by bytes', async () => {
    await using at = await folder()
    const store = at.open({ caps: { days: 1000, bytes: 10_000_000, commitAuthors: false } })
    fill(store)
    at.now = 1_000_000_000
    for (let round = 0; round < 20; round += 1) store.tick()
    assert.ok(store.status.bytes < 20_000_000, String(store.status.bytes))
    const left = readEpisodes(at.path)
    assert.equal(left[0]?.app.name, 'lasting')
    assert.equal(left.at(-1)?.seen, 1_000_000)
  })
})

test('a file of the first version is the newest after its migration', async () => {
  await using at = await folder()
  at.open().close()
  const database = new DatabaseSync(at.path)
  assert.equal(versionOf(database), NEWEST_VERSION)
  database.close()
})
