import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advanceEpisode } from '../../src/journal/advance-episode.ts'
import { ENDINGS, EPISODE_LIMITS, type Episode } from '../../src/model/journal/episode.ts'
import type { Sighting } from '../../src/model/journal/journal.ts'
import fc from '../fast-check.ts'
import { drifted, episodeApp, objectText, sighting } from './sightings.ts'

const shop = episodeApp('shop')

function after(...sightings: readonly Sighting[]): Episode | undefined {
  return sightings.reduce<Episode | undefined>((open, one) => advanceEpisode(open, one), undefined)
}

test('an app in sync, or one that cannot be judged, has no episode', () => {
  assert.equal(after(sighting(shop, 1)), undefined)
  assert.equal(after(sighting(shop, 1, [], { status: 'Unknown', reason: 'GDE_STALE' })), undefined)
  assert.equal(after(sighting(shop, 1, [], { status: 'gone' })), undefined)
})

test('an episode begins at the time of the field that managedFields tell, else when it was seen', () => {
  const own = after(
    sighting(shop, 100, [drifted('web', { began: 40, cause: 'live' }), drifted('api')], { cause: 'live' }),
  )
  assert.deepEqual([own?.began, own?.beganBy, own?.seen, own?.cause], [40, 'field', 100, 'live'])
  assert.deepEqual(
    own?.objects.map(({ name, began, beganBy, seen }) => [name, began, beganBy, seen]),
    [
      ['web', 40, 'field', 100],
      ['api', 100, 'seen', 100],
    ],
  )
  const seen = after(sighting(shop, 100, [drifted('web')]))
  assert.deepEqual([seen?.began, seen?.beganBy], [100, 'seen'])
})

test('a clock that is ahead begins nothing in the future', () => {
  const episode = after(sighting(shop, 100, [drifted('web', { began: 400 })]))
  assert.deepEqual([episode?.began, episode?.beganBy], [100, 'seen'])
})

test('what is seen again neither moves the begin nor doubles an object', () => {
  const first = sighting(shop, 100, [drifted('web', { began: 40 })])
  const again = sighting(shop, 200, [drifted('web', { began: 150, fields: [] }), drifted('api')])
  const episode = after(first, again, again)
  assert.deepEqual([episode?.began, episode?.seen], [40, 100])
  assert.deepEqual(
    episode?.objects.map(({ name, began }) => [name, began]),
    [
      ['web', 40],
      ['api', 200],
    ],
  )
  assert.equal(episode?.objects[0]?.fields.length, 1, 'a field that is back was part of it')
})

test('an object that ends while another one drifts has its end, and drifts anew as an entry of its own', () => {
  const two = sighting(shop, 1, [drifted('web'), drifted('api')])
  const one = sighting(shop, 2, [drifted('api')], { ended: { [objectText('web')]: 'reverted' } })
  const episode = after(two, one, sighting(shop, 3, [drifted('api'), drifted('web')]))
  assert.equal(episode?.ended, undefined)
  assert.deepEqual(
    episode?.objects.map(({ name, began, ended, endedBy }) => [name, began, ended, endedBy]),
    [
      ['web', 1, 2, 'reverted'],
      ['api', 1, undefined, undefined],
      ['web', 3, undefined, undefined],
    ],
  )
})

test('the end is how the last objects ended', async (t) => {
  const begin = sighting(shop, 1, [drifted('web'), drifted('api')])
  const end = (ended: Sighting['ended'], parts: Partial<Sighting> = {}) =>
    after(begin, sighting(shop, 9, [], { ended, ...parts }))
  for (const [what, one, other, expected] of [
    ['by the controller', 'healed', 'healed', 'healed'],
    ['by hand, as far as one of them', 'healed', 'reverted', 'reverted'],
    ['committed', 'committed', 'healed', 'committed'],
    ['ignored', 'ignored', 'ignored', 'ignored'],
  ] as const)
    await t.test(what, () => {
      const episode = end({ [objectText('web')]: one, [objectText('api')]: other })
      assert.deepEqual([episode?.ended, episode?.endedBy, episode?.cause], [9, expected, 'live'])
      assert.deepEqual(episode?.commits.end?.length, 1)
    })
  await t.test('unseen, where nobody could say', () => assert.equal(end({})?.endedBy, 'unseen'))
  await t.test('with the app', () => {
    const episode = end({}, { status: 'gone' })
    assert.deepEqual(
      [episode?.endedBy, ...(episode?.objects.map(({ endedBy }) => endedBy) ?? [])],
      ['app-gone', 'app-gone', 'app-gone'],
    )
  })
})

test('an app that cannot be judged meanwhile stays in its episode', () => {
  const unknown = sighting(shop, 2, [], { status: 'Unknown', reason: 'GDE_STALE' })
  const episode = after(sighting(shop, 1, [drifted('web')]), unknown, sighting(shop, 3, [drifted('web')]))
  assert.deepEqual([episode?.seen, episode?.objects.length, episode?.ended], [1, 1, undefined])
})

test('both sides that moved are both', () => {
  const live = sighting(shop, 1, [drifted('web', { cause: 'live' })], { cause: 'live' })
  assert.equal(after(live, sighting(shop, 2, [drifted('web', { cause: 'live' })], { cause: 'git' }))?.cause, 'both')
})

test("the controller's word is kept where it changes", () => {
  const word = (at: number, status: 'Synced' | 'OutOfSync', phase?: string): Sighting =>
    sighting(shop, at, [drifted('web')], {
      controller: { status, suspended: false, ...(phase !== undefined && { phase }) },
    })
  const episode = after(word(1, 'Synced'), word(2, 'Synced'), word(3, 'OutOfSync'), word(4, 'OutOfSync', 'Running'))
  assert.deepEqual(
    episode?.controller.map(({ at, status, phase }) => [at, status, phase]),
    [
      [1, 'Synced', undefined],
      [3, 'OutOfSync', undefined],
      [4, 'OutOfSync', 'Running'],
    ],
  )
})

test('whatever is seen, an episode keeps its begin and its size, and what ended stays ended', () => {
  const names = fc.subarray(['a', 'b', 'c', 'd'])
  const step = fc.record({
    names,
    ended: fc.constantFrom(...ENDINGS),
    status: fc.constantFrom('judged', 'Unknown', 'gone'),
    began: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      let open: Episode | undefined
      for (const [index, { names: seen, ended, status, began }] of steps.entries()) {
        const objects = seen.map((name) => drifted(name, began === undefined ? {} : { began }))
        const gone = Object.fromEntries(
          ['a', 'b', 'c', 'd'].filter((name) => !seen.includes(name)).map((name) => [objectText(name), ended]),
        )
        const told =
          status === 'judged'
            ? sighting(shop, 1000 + index, objects, { ended: gone })
            : sighting(shop, 1000 + index, [], { status })
        const next = advanceEpisode(open, told)
        if (open !== undefined && next !== undefined) {
          assert.deepEqual([next.began, next.beganBy, next.seen], [open.began, open.beganBy, open.seen])
          for (const [at, object] of open.objects.entries())
            if (object.ended !== undefined) assert.deepEqual(next.objects[at], object)
        }
        if (open !== undefined) assert.ok(next !== undefined, 'an episode does not vanish')
        assert.ok((next?.objects.length ?? 0) <= EPISODE_LIMITS.entries)
        if (next?.ended !== undefined) assert.ok(next.objects.every((object) => object.ended !== undefined))
        open = next?.ended === undefined ? next : undefined
      }
    }),
  )
})
