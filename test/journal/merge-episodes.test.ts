import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advanceEpisode } from '../../src/journal/advance-episode.ts'
import { mergeEpisodes } from '../../src/journal/merge-episodes.ts'
import type { WatchedEpisode } from '../../src/model/journal/episode.ts'
import fc from '../fast-check.ts'
import { drifted, episodeApp, objectText, sighting } from './sightings.ts'

const shop = episodeApp('shop')

/** An episode as one journal has it. */
function episode(began: number, ended?: number, parts: Partial<WatchedEpisode> = {}, name = 'web'): WatchedEpisode {
  const open = advanceEpisode(undefined, sighting(shop, began, [drifted(name)], { cause: 'live' }))
  assert.ok(open !== undefined)
  const end = { ended: { [objectText(name)]: 'healed' } } as const
  const made = ended === undefined ? open : advanceEpisode(open, sighting(shop, ended, [], end))
  assert.ok(made !== undefined)
  return { ...made, gaps: [], ...parts }
}

const timesOf = (episodes: readonly WatchedEpisode[]) => episodes.map(({ began, ended }) => [began, ended])

test('what two replicas saw is one, from the earlier begin', () => {
  const merged = mergeEpisodes([[episode(10.4, 20)], [episode(10, 20.3)]])
  assert.deepEqual(timesOf(merged), [[10, 20]])
  assert.equal(merged[0]?.objects.length, 1)
})

test('an object that flaps is as many episodes as each of the two saw', () => {
  const one = [episode(10, 20), episode(20.1, 30), episode(30.1, 40)]
  const other = [episode(10.2, 20.2), episode(20.3, 30.2), episode(30.3, 40.2)]
  assert.deepEqual(timesOf(mergeEpisodes([one, other])), timesOf(one))
})

test('other apps, other objects and other times are other episodes', () => {
  const elsewhere = { app: episodeApp('shop', 'two') }
  for (const other of [episode(10, 20, elsewhere), episode(21, 22), episode(10, 20, {}, 'api')])
    assert.equal(mergeEpisodes([[episode(10, 20)], [other]]).length, 2)
})

test('who saw the end says how it ended', () => {
  const unseen = episode(10, 25, { endedBy: 'unseen' })
  const [merged] = mergeEpisodes([[unseen], [episode(10, 20)]])
  assert.deepEqual([merged?.ended, merged?.endedBy], [20, 'healed'])
  assert.deepEqual(
    timesOf(mergeEpisodes([[episode(10)], [episode(10, 20)]])),
    [[10, 20]],
    'one of them was stopped before',
  )
})

test('a gap is when neither of them looked', () => {
  const gap = (began: number, ended?: number) => ({
    began,
    reason: 'not-running',
    ...(ended !== undefined && { ended }),
  })
  const [merged] = mergeEpisodes([
    [episode(10, 90, { gaps: [gap(20, 40)] })],
    [episode(10, 90, { gaps: [gap(30, 50)] })],
  ])
  assert.deepEqual(merged?.gaps, [gap(30, 40)])
})

test('merging a journal with a delayed copy of itself gives the journal', () => {
  const lengths = fc.array(fc.tuple(fc.integer({ min: 5, max: 500 }), fc.integer({ min: 5, max: 500 })), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(lengths, fc.double({ min: 0, max: 2, noNaN: true }), (pairs, delay) => {
      let at = 1000
      const one: WatchedEpisode[] = []
      const other: WatchedEpisode[] = []
      for (const [lasts, pause] of pairs) {
        one.push(episode(at, at + lasts))
        other.push(episode(at + delay, at + lasts + delay))
        at += lasts + pause
      }
      assert.deepEqual(timesOf(mergeEpisodes([one, other])), timesOf(one))
      assert.deepEqual(timesOf(mergeEpisodes([other, one])), timesOf(one))
    }),
  )
})
