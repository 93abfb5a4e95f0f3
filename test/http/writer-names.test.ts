import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CodedError } from '../../src/model/failure.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import type { EpisodeField } from '../../src/model/journal/episode.ts'
import type { SearchJournal } from '../../src/model/journal/search.ts'
import type { Difference } from '../../src/model/verdicts/difference.ts'
import { drifted, episodeApp, sighting } from '../journal/sightings.ts'
import { writeJournal } from '../journal/write-journal.ts'
import { appReport } from '../metrics/reports.ts'
import { serve } from './serving.ts'

const ACTOR = { manager: 'kubectl-edit', operation: 'Update', time: '2026-03-01T10:00:05Z' } as const
const shop = scaled(appReport('shop'))
const path = `/apps/${encodeURIComponent(shop.summary.id)}`

function scaled(report: AppReport): AppReport {
  const difference: Difference = {
    path: '/spec/replicas',
    displayPath: ['spec', 'replicas'],
    class: 'changed',
    effect: 'drift',
    desired: 3,
    live: 11,
    actor: ACTOR,
  }
  const key = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
  const object = { key, version: 'v1', state: 'changed', differences: [difference] } as const
  const outcome = { status: 'OutOfSync', cause: 'live' } as const
  return { ...report, verdict: { ...report.verdict, outcome, objects: [object], outOfSyncSince: 5 } }
}

const written = (actor: EpisodeField['actor']) => {
  const field: EpisodeField = {
    path: '/spec/replicas',
    class: 'changed',
    desired: 3,
    live: 11,
    ...(actor && { actor }),
  }
  const app = { ...episodeApp('shop'), id: shop.summary.id }
  return writeJournal([sighting(app, 5, [drifted('web', { cause: 'live', fields: [field] })], { cause: 'live' })])
}

async function textsOf(search: SearchJournal, headers = {}): Promise<readonly string[]> {
  await using serving = await serve({ updates: [{ type: 'app', report: shop }], episodes: search })
  const { pagesUrl } = serving.http
  return await Promise.all(
    ['/', path, `/api/v1${path}`].map(async (one) => (await fetch(`${pagesUrl}${one}`, { headers })).text()),
  )
}

test('first screen, page and API name the person whom the journal has for a write', async () => {
  await using kept = await written({ ...ACTOR, user: 'alice' })
  const [first = '', page = '', api = ''] = await textsOf(kept.search)
  for (const text of [first, page]) assert.match(text, /kubectl edit by alice/)
  assert.match(api, /"user":"alice"/)
})

test('whoever wrote before is not named for what another program, or the same one later, wrote', async () => {
  for (const actor of [
    { ...ACTOR, user: 'alice', manager: 'k9s' },
    { ...ACTOR, user: 'alice', time: '2026-03-01T10:00:04Z' },
    { ...ACTOR, user: 'alice', subresource: 'scale' },
  ]) {
    await using kept = await written(actor)
    const [first = '', , api = ''] = await textsOf(kept.search)
    assert.doesNotMatch(first + api, /alice/)
  }
})

test('a journal that cannot be read costs the names and nothing else', async () => {
  const fail: SearchJournal = async () => {
    throw new CodedError('GDE_JOURNAL_READ', 'it is away')
  }
  const [first = ''] = await textsOf(fail)
  assert.match(first, /replicas 3→11 · kubectl edit/)
})
