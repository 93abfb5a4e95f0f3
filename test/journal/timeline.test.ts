import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writersOf } from '../../src/model/journal/actors.ts'
import type { Sighting } from '../../src/model/journal/journal.ts'
import type { TimelineQuestion } from '../../src/model/journal/timeline.ts'
import fc from '../fast-check.ts'
import { readEpisodes } from './read-episodes.ts'
import { drifted, episodeApp, SCALED_BY_ALICE, sighting } from './sightings.ts'
import { writeJournal } from './write-journal.ts'

const WEB = { ...episodeApp('web', 'two'), project: 'team "web"' }
const SHOP = episodeApp('shop')
const ALL: TimelineQuestion = { from: 100, until: 200, slices: 10 }
const unknown = (app: Sighting['app'], at: number) =>
  sighting(app, at, [], { status: 'Unknown', reason: 'GDE_TIMEOUT' })

const HISTORY: readonly Sighting[] = [
  // Ended before, and within one slice twice.
  sighting(SHOP, 50, [drifted('old')], { cause: 'live' }),
  sighting(SHOP, 60),
  sighting(SHOP, 111, [SCALED_BY_ALICE], { cause: 'live' }),
  sighting(SHOP, 112),
  sighting(SHOP, 114, [drifted('web')], { cause: 'git' }),
  sighting(SHOP, 135),
  // Since long ago, and it lasts.
  sighting(WEB, 10, [drifted('web')], { cause: 'live' }),
  unknown(SHOP, 151),
  sighting(SHOP, 165),
]

test('an app counts once in each slice in which it drifted, and where it could not be judged', async () => {
  await using kept = await writeJournal(HISTORY)
  const { slices, isCut } = await kept.timeline(ALL)
  assert.deepEqual(
    slices.map(({ drifting }) => drifting),
    [1, 2, 2, 2, 1, 1, 1, 1, 1, 1],
  )
  assert.deepEqual(
    slices.map(({ unknown }) => unknown),
    [0, 0, 0, 0, 0, 1, 1, 0, 0, 0],
  )
  assert.equal(isCut, false)
})

test('cluster, project, cause, actor and apps choose what is counted', async () => {
  await using kept = await writeJournal(HISTORY)
  const second = async (chosen: Partial<TimelineQuestion>): Promise<number | undefined> =>
    (await kept.timeline({ ...ALL, ...chosen })).slices[1]?.drifting
  for (const [chosen, count] of [
    [{ cluster: 'two' }, 1],
    [{ cluster: 'three' }, 0],
    [{ project: 'team "web"' }, 1],
    [{ project: 'web' }, 0],
    [{ cause: 'git' }, 1],
    [{ cause: 'both' }, 0],
    [{ actor: 'alice' }, 1],
    [{ actor: 'kubectl' }, 1],
    [{ actor: 'ali' }, 0],
    [{ actor: 'apps' }, 0],
    [{ apps: [SHOP.id] }, 1],
    [{ apps: [] }, 0],
    [{ apps: [SHOP.id, WEB.id], cause: 'live' }, 2],
  ] as const)
    assert.equal(await second(chosen), count, JSON.stringify(chosen))
})

test('what many apps did is counted over many steps as it is in one', async () => {
  const apps = Array.from({ length: 3000 }, (_, index) => episodeApp(`app-${index}`))
  await using kept = await writeJournal(
    apps.flatMap((app, index) => [
      sighting(app, 100 + (index % 50), [drifted('web')], { cause: 'live' }),
      sighting(app, 101 + (index % 50)),
    ]),
  )
  const { slices } = await kept.timeline({ ...ALL, slices: 2 })
  assert.deepEqual(
    slices.map(({ drifting }) => drifting),
    [3000, 60],
  )
})

test('whatever the journal holds, a slice has the apps whose episodes touch it', async () => {
  const steps = fc.array(fc.record({ app: fc.nat(3), at: fc.integer({ min: 0, max: 300 }), drifts: fc.boolean() }), {
    maxLength: 30,
  })
  await fc.assert(
    fc.asyncProperty(steps, async (made) => {
      const inOrder = made.toSorted((one, other) => one.at - other.at)
      await using kept = await writeJournal(
        inOrder.map(({ app, at, drifts }) =>
          sighting(episodeApp(`app-${app}`), at, drifts ? [SCALED_BY_ALICE] : [], { cause: 'live' }),
        ),
      )
      const episodes = readEpisodes(kept.path)
      const sliceOf = (at: number): number => Math.min(9, Math.max(0, Math.floor((at - 100) / 10)))
      const expected = ALL_SLICES.map((slice) => {
        const touching = episodes.filter(
          ({ began, ended = 1e9 }) =>
            began <= 200 && ended >= 100 && sliceOf(began) <= slice && sliceOf(ended) >= slice,
        )
        return new Set(touching.map(({ app }) => app.id)).size
      })
      const { slices } = await kept.timeline({ ...ALL, actor: 'alice' })
      assert.ok(episodes.every((episode) => writersOf(episode).includes('alice')))
      assert.deepEqual(
        slices.map(({ drifting }) => drifting),
        expected,
      )
    }),
    { numRuns: 30 },
  )
})

const ALL_SLICES = Array.from({ length: 10 }, (_, index) => index)
