import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EpisodeField, EpisodeObject, WatchedEpisode } from '../../src/model/journal/episode.ts'
import { episodeWhat } from '../../src/presentation/episode-what.ts'
import { episodeApp } from '../journal/sightings.ts'

const marks = { declared: '', live: '' }
const field = (path: string, rest: Partial<EpisodeField> = {}): EpisodeField => ({ path, class: 'changed', ...rest })
const object = (fields: readonly EpisodeField[], rest: Partial<EpisodeObject> = {}): EpisodeObject => ({
  ...{ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'front', state: 'changed', fields, marks },
  ...{ began: 0, beganBy: 'seen', seen: 0 },
  ...rest,
})
const episode = (objects: readonly EpisodeObject[], rest: Partial<WatchedEpisode> = {}): WatchedEpisode => ({
  ...{ app: episodeApp('shop'), began: 0, beganBy: 'seen', seen: 0, cause: 'live', objects, objectsOmitted: 0 },
  ...{ commits: { begin: [] }, controller: [], gaps: [] },
  ...rest,
})
const replicas = field('/spec/replicas', { desired: 3, live: 11 })

test('an episode is told by the change that leads, in the words of the page’s facts', () => {
  const label = field('/metadata/labels/a', { desired: '1', live: '2' })
  assert.equal(episodeWhat(episode([object([label, replicas])]), true), 'Deployment front: replicas 3→11 and 1 more')
  assert.equal(
    episodeWhat(episode([object([replicas])], { cause: 'git' }), true),
    'Deployment front: replicas 11→3',
    'from what was to what is',
  )
  const gone = object([field('')], { kind: 'Service', state: 'missing' })
  assert.equal(episodeWhat(episode([gone]), true), 'Service front is not there')
})

test('an object that drifted twice is counted once, and what was not kept is counted, too', () => {
  const again = object([replicas], { fieldsOmitted: 2 })
  assert.equal(
    episodeWhat(episode([object([replicas]), again], { objectsOmitted: 3 }), true),
    'Deployment front: replicas 3→11 and 5 more',
  )
})

test('what is secret, withheld, too large, or not for whoever asks, is told without values', () => {
  for (const [rest, showValues] of [
    [{ redacted: true }, true],
    [{ withheld: true, live: 'canary' }, true],
    [{ omitted: true }, true],
    [{ desired: 'canary', live: 'canary' }, false],
  ] as const)
    assert.equal(episodeWhat(episode([object([field('/data/a', rest)])]), showValues), 'Deployment front: a differs')
})
