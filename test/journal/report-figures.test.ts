import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advanceEpisode } from '../../src/journal/advance-episode.ts'
import { reportFigures } from '../../src/journal/report-figures.ts'
import type { Ending, WatchedEpisode } from '../../src/model/journal/episode.ts'
import type { Cause } from '../../src/model/verdicts/cause.ts'
import { drifted, episodeApp, objectText, sighting } from './sightings.ts'

function episode(name: string, cause: Cause, began: number, end?: readonly [number, Ending]): WatchedEpisode {
  const app = episodeApp(name)
  const actor = { manager: 'kubectl-scale', operation: 'Update' } as const
  const field = { path: '/spec/replicas', class: 'changed', desired: 3, live: 11, actor } as const
  const open = advanceEpisode(undefined, sighting(app, began, [drifted('web', { fields: [field] })], { cause }))
  assert.ok(open !== undefined)
  if (end === undefined) return { ...open, gaps: [] }
  const ended = advanceEpisode(open, sighting(app, end[0], [], { ended: { [objectText('web')]: end[1] } }))
  assert.ok(ended !== undefined)
  return { ...ended, gaps: [] }
}

const PERIOD = { from: 1000, until: 2000 }
const EPISODES = [
  episode('before', 'live', 100, [900, 'healed']),
  episode('into', 'live', 900, [1100, 'reverted']),
  episode('shop', 'live', 1100, [1160, 'healed']),
  episode('shop', 'live', 1200, [1500, 'committed']),
  episode('deployed', 'git', 1300, [1340, 'healed']),
  episode('lasts', 'both', 1400),
  episode('out', 'live', 1900, [2100, 'healed']),
  episode('after', 'live', 2500),
]

test('a period has what began, ended and lasted in it', () => {
  const figures = reportFigures(EPISODES, PERIOD)
  assert.deepEqual([figures.began, figures.ended, figures.lasting], [5, 4, 2])
  assert.deepEqual(figures.byCause, { git: 1, live: 4, both: 1 })
  assert.deepEqual(figures.byEnding, { healed: 2, reverted: 1, committed: 1, ignored: 0, 'app-gone': 0, unseen: 0 })
  assert.deepEqual(figures.timeToRestore, { median: 200, p90: 300, longest: 300 })
  assert.deepEqual(figures.deployments, { count: 1, medianSeconds: 40 })
  assert.deepEqual(figures.apps[0], { name: 'shop in one', episodes: 2, seconds: 360 })
  assert.deepEqual(figures.actors, [{ name: 'kubectl scale', episodes: 6, seconds: 600 }])
  assert.deepEqual(
    figures.oldest.map(({ app }) => app),
    ['lasts', 'out'],
  )
  assert.deepEqual(figures.weekdays, [0, 0, 0, 4, 0, 0, 0])
})

test('what happens after the period changes none of its figures', () => {
  const then = EPISODES.filter(({ seen }) => seen < PERIOD.until).map((one): WatchedEpisode => {
    if (one.ended === undefined || one.ended < PERIOD.until) return one
    const { ended: _ended, endedBy: _by, ...lasting } = one
    return lasting
  })
  assert.deepEqual(reportFigures(then, PERIOD), reportFigures(EPISODES, PERIOD))
})

test('an object that drifts only after the period is not in it, nor is the side that moved with it', () => {
  const app = episodeApp('shop')
  const web = sighting(app, 1500, [drifted('web', { cause: 'live' })], { cause: 'live' })
  const open = advanceEpisode(undefined, web)
  assert.ok(open !== undefined)
  const both = [drifted('web', { cause: 'live' }), drifted('api', { cause: 'git' })]
  const later = advanceEpisode(open, sighting(app, 2500, both, { cause: 'both' }))
  assert.ok(later !== undefined)
  assert.deepEqual(later.cause, 'both')
  assert.deepEqual(reportFigures([{ ...later, gaps: [] }], PERIOD), reportFigures([{ ...open, gaps: [] }], PERIOD))
})

test('a period in which nothing happened has figures, too', () => {
  const figures = reportFigures([], PERIOD)
  assert.deepEqual([figures.began, figures.ended, figures.timeToRestore, figures.apps], [0, 0, undefined, []])
})
