import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advanceEpisode } from '../../src/journal/advance-episode.ts'
import { actorsOf } from '../../src/model/journal/actors.ts'
import type { EpisodeField } from '../../src/model/journal/episode.ts'
import type { Cause } from '../../src/model/verdicts/cause.ts'
import { drifted, episodeApp, sighting } from '../journal/sightings.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z') / 1000
const field = (path: string, manager: string, time: string): EpisodeField => ({
  ...{ path, class: 'changed', desired: 1, live: 2 },
  actor: { manager, operation: 'Update', time },
})
const applied = field('/spec/template/spec/containers/0/image', 'argocd-controller', '2026-01-01T00:00:00Z')
const scaled = field('/spec/replicas', 'kubectl', '2026-03-01T11:00:00Z')

function actors(cause: Cause, fields: readonly EpisodeField[], began?: number): readonly string[] {
  const object = drifted('web', { cause, fields, ...(began !== undefined && { began }) })
  const episode = advanceEpisode(undefined, sighting(episodeApp('shop'), NOW, [object], { cause }))
  assert.ok(episode !== undefined)
  return actorsOf(episode)
}

test('where Git moved, whoever applied what runs did not make what differs', () => {
  assert.deepEqual(actors('git', [applied]), [])
})

test('where both moved, only those are named who wrote since the drift began', () => {
  assert.deepEqual(actors('both', [applied, scaled], Date.parse('2026-03-01T11:00:00Z') / 1000), ['kubectl'])
})

test('where the cluster was changed, whoever wrote it is named, however long ago', () => {
  assert.deepEqual(actors('live', [applied, scaled]), ['argocd-controller', 'kubectl'])
})
