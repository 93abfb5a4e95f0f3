import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CodedError } from '../../src/model/failure.ts'
import type { Sighting } from '../../src/model/journal/journal.ts'
import { drifted, episodeApp, objectText, SCALED_BY_ALICE, sighting } from '../journal/sightings.ts'
import { writeJournal } from '../journal/write-journal.ts'
import { appReport } from '../metrics/reports.ts'
import { NOW, type Serving, serve } from './serving.ts'

const DAY = 86_400
const report = appReport('shop')
const SHOP = { ...episodeApp('shop'), id: report.summary.id }
const HISTORY: readonly Sighting[] = [
  sighting(SHOP, NOW - 20 * DAY, [drifted('web')], { cause: 'git' }),
  sighting(SHOP, NOW - 19 * DAY, [], { ended: { [objectText('web')]: 'healed' } }),
  sighting(SHOP, NOW - 2 * DAY, [SCALED_BY_ALICE], { cause: 'live' }),
  sighting(SHOP, NOW - 1.5 * DAY, [], { ended: { [objectText('web')]: 'committed' } }),
  sighting(episodeApp('gone', 'two'), NOW - DAY / 2, [drifted('web')], { cause: 'live' }),
]
const updates = [{ type: 'app', report } as const]

async function pageOf({ http }: Serving, query = ''): Promise<string> {
  const answer = await fetch(`${http.pagesUrl}/timeline${query}`)
  assert.equal(answer.status, 200)
  return answer.text()
}

const rowsOf = (page: string): readonly string[] =>
  (page.split('<tbody>')[1] ?? '')
    .split('</tr>')
    .slice(0, -1)
    .map((row) => row.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '))

test('the timeline shows how many apps drifted when, and each episode with who and how it ended', async () => {
  await using kept = await writeJournal(HISTORY)
  await using serving = await serve({ updates, episodes: kept.search, timeline: kept.timeline })
  const page = await pageOf(serving)
  const [first = '', second = '', ...others] = rowsOf(page)
  assert.deepEqual(others, [])
  assert.match(first, /12 h ago .* gone two shop .* and still does/)
  assert.match(second, /shop .* Deployment web: replicas 3→11 kubectl by alice live 12 h committed to Git aaaaaaa/)
  assert.match(page, /UTC: 1 OutOfSync<\/title>/)
  assert.doesNotMatch(page, /2 OutOfSync<\/title>/)
  assert.equal(rowsOf(await pageOf(serving, '?days=30')).length, 3)
  assert.equal(rowsOf(await pageOf(serving, '?days=1')).length, 1)
})

test('what it is narrowed by stands in the URL, and narrows chart and list alike', async () => {
  await using kept = await writeJournal(HISTORY)
  await using serving = await serve({ updates, episodes: kept.search, timeline: kept.timeline })
  for (const [query, rows] of [
    ['cluster=two', 1],
    ['cluster=two&actor=alice', 0],
    ['actor=alice', 1],
    ['cause=git', 1],
    ['cause=nonsense', 3],
    ['project=shop', 3],
    ['project=other', 0],
  ] as const) {
    const page = await pageOf(serving, `?days=30&${query}`)
    assert.equal(rowsOf(page).length, rows, query)
    assert.equal(/ OutOfSync<\/title>/.test(page), rows > 0, query)
  }
  assert.match(await pageOf(serving, '?actor=alice&days=30'), /href="\/timeline\?days=1&amp;actor=alice"/)
})

test('a hundred episodes are one page, and the older ones are a link away', async () => {
  const flaps = Array.from({ length: 120 }, (_, index) => [
    sighting(SHOP, NOW - 20_000 + index * 100, [drifted('web')], { cause: 'live' }),
    sighting(SHOP, NOW - 20_000 + index * 100 + 10),
  ])
  await using kept = await writeJournal(flaps.flat())
  await using serving = await serve({ updates, episodes: kept.search, timeline: kept.timeline })
  const page = await pageOf(serving)
  assert.equal(rowsOf(page).length, 100)
  const older = /href="\/timeline(\?[^"]+after=[^"#]+)#episodes">Older</.exec(page)?.[1] ?? ''
  assert.equal(rowsOf(await pageOf(serving, older.replaceAll('&amp;', '&'))).length, 20)
  assert.equal(rowsOf(await pageOf(serving, '?after=nonsense')).length, 100)
})

test('when nobody looked is a gap, and a journal that cannot be read is said', async () => {
  const gaps = [{ began: NOW - 7200, ended: NOW - 3600, reason: 'not-running' }]
  await using serving = await serve({ updates, timeline: async () => ({ slices: [], gaps, isCut: false }) })
  const page = await pageOf(serving)
  assert.match(page, /for 1 h from .*: the exporter did not run/)
  assert.match(page, /<rect fill="url\(#hatch\)"/)
  await using failing = await serve({
    updates,
    timeline: async () => {
      throw new CodedError('GDE_JOURNAL_READ', 'it is away')
    },
  })
  assert.match(await pageOf(failing), /The journal cannot be read now: .*GDE_JOURNAL_READ/)
})
