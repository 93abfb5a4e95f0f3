import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CodedError } from '../../src/model/failure.ts'
import type { Sighting } from '../../src/model/journal/journal.ts'
import { drifted, episodeApp, objectText, SCALED_BY_ALICE, sighting } from '../journal/sightings.ts'
import { writeJournal } from '../journal/write-journal.ts'
import { appReport } from '../metrics/reports.ts'
import { NOW, type Serving, serve } from './serving.ts'

const report = appReport('shop')
const shop = { ...episodeApp('shop'), id: report.summary.id }
const DAY = 86_400
const updates = [{ type: 'app', report } as const]
const now = () => NOW
const healed = (at: number): Sighting => sighting(shop, at, [], { ended: { [objectText('web')]: 'healed' } })
const HISTORY: readonly Sighting[] = [
  sighting(shop, NOW - 40 * DAY, [drifted('forty-days')], { cause: 'live' }),
  sighting(shop, NOW - 39 * DAY, [], { ended: { [objectText('forty-days')]: 'reverted' } }),
  sighting(shop, NOW - 20 * DAY, [drifted('web')], { cause: 'live' }),
  healed(NOW - 20 * DAY + 120),
  sighting(shop, NOW - 2 * DAY, [SCALED_BY_ALICE], { cause: 'live' }),
  sighting(shop, NOW - DAY / 2, [], { ended: { [objectText('web')]: 'committed' } }),
  sighting(episodeApp('other'), NOW - DAY, [drifted('of-another')], { cause: 'live' }),
]

async function pageOf({ http }: Serving, query = '', headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await fetch(`${http.pagesUrl}/apps/${encodeURIComponent(shop.id)}${query}`, { headers })
  assert.equal(answer.status, 200)
  return answer.text()
}

const rowsOf = (text: string): readonly string[] =>
  (text.split('<h2 id="history">')[1] ?? '')
    .split('<tr>')
    .slice(2)
    .map((row) => row.replace(/<[^>]*>/g, ' '))

test('the page of an app shows when it was out of sync, by what and by whom, and how it ended', async () => {
  await using kept = await writeJournal(HISTORY)
  await using serving = await serve({ updates, episodes: kept.search, now })
  const text = await pageOf(serving)
  const [row = '', ...others] = rowsOf(text)
  assert.deepEqual(others, [])
  for (const part of [
    /2 d ago/,
    /36 h/,
    /Deployment web: replicas 3→11/,
    /kubectl by alice/,
    /committed to Git/,
    /aaaaaaa/,
  ])
    assert.match(row, part)
  assert.match(text, /Once out of sync in the last 7 d/)
  // From the beginning of the second last day to half a day ago.
  assert.match(text, /<rect x="714" y="0" width="215"/)
  assert.doesNotMatch(text, /of-another/)
})

test('a day, a week and a month can be chosen, and what makes no sense is a week', async () => {
  await using kept = await writeJournal(HISTORY)
  await using serving = await serve({ updates, episodes: kept.search, now })
  for (const [query, count] of [
    ['?days=1', 1],
    ['?days=7', 1],
    ['?days=30', 2],
    ['?days=365', 1],
    ['?days=<b>', 1],
  ] as const)
    assert.equal(rowsOf(await pageOf(serving, query)).length, count, query)
  assert.match(await pageOf(serving, '?days=30'), /2 times out of sync in the last 30 d/)
  assert.match(await pageOf(serving, '?days=30'), /\?days=30#history" aria-current="true"/)
})

test('values stay with those who may see them', async () => {
  await using kept = await writeJournal(HISTORY)
  const role = { users: ['*'], groups: [], projects: ['*'], clusters: ['*'], values: false }
  const proxy = { addresses: ['127.0.0.0/8'], clientNames: [], userHeader: 'x-user', groupsHeader: 'x-groups' }
  const access = { settings: { roles: [role], proxy } }
  await using serving = await serve({ updates, episodes: kept.search, now, access })
  const [row = ''] = rowsOf(await pageOf(serving, '', { 'x-user': 'bob' }))
  assert.match(row, /replicas differs/)
  assert.doesNotMatch(row, /→/)
})

test('a journal that cannot be read takes nothing of the page but its history', async () => {
  const episodes = async () => {
    throw new CodedError('GDE_JOURNAL_READ', 'the journal is kept by somebody else')
  }
  await using serving = await serve({ updates, episodes, now })
  const text = await pageOf(serving)
  assert.match(text, /The journal cannot be read now: .*somebody else.*GDE_JOURNAL_READ/)
  assert.match(text, /<dt>Last synced|<dt>Status/)
  assert.doesNotMatch(text, /has no drift/)
})
