import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { advanceEpisode } from '../../src/journal/advance-episode.ts'
import { attributeEpisode } from '../../src/journal/audit/attribute.ts'
import { followLog } from '../../src/journal/audit/follow-log.ts'
import { readAuditBatch, readAuditEvent, readAuditLine } from '../../src/journal/audit/read-audit-event.ts'
import { createRecentWrites } from '../../src/journal/audit/recent-writes.ts'
import { actorsOf } from '../../src/model/journal/actors.ts'
import type { AuditWrite } from '../../src/model/journal/audit.ts'
import type { EpisodeField } from '../../src/model/journal/episode.ts'
import { drifted, episodeApp, sighting } from './sightings.ts'

const shop = episodeApp('shop')
const SECOND = '2026-03-01T10:00:05Z'

/** An event as an API server writes it, of somebody who scales `web`. */
function event(parts: object = {}) {
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    stage: 'ResponseComplete',
    verb: 'patch',
    user: { username: 'alice', groups: ['ops'] },
    sourceIPs: ['10.0.0.1'],
    userAgent: 'kubectl/v1.36.0',
    objectRef: { resource: 'deployments', namespace: 'shop', name: 'web', apiGroup: 'apps', apiVersion: 'v1' },
    responseStatus: { code: 200 },
    requestObject: { data: { password: 'canary-secret' } },
    responseObject: { data: { password: 'canary-secret' } },
    requestReceivedTimestamp: '2026-03-01T10:00:05.100000Z',
    stageTimestamp: '2026-03-01T10:00:05.200000Z',
    ...parts,
  }
}

const writeOf = (parts: object = {}): AuditWrite => {
  const write = readAuditEvent(event(parts))
  assert.ok(write !== undefined)
  return write
}

test('an event becomes who, when and what, without its bodies', () => {
  const write = writeOf()
  assert.deepEqual(write, {
    object: 'apps/deployments/shop/web',
    subresource: '',
    answered: Date.parse('2026-03-01T10:00:05.200Z') / 1000,
    writer: {
      user: 'alice',
      groups: ['ops'],
      sourceIPs: ['10.0.0.1'],
      userAgent: 'kubectl/v1.36.0',
      verb: 'patch',
      time: Date.parse('2026-03-01T10:00:05.100Z') / 1000,
    },
  })
  assert.doesNotMatch(JSON.stringify(write), /canary/)
})

test('who is impersonated is the user, beside who was authenticated', () => {
  const { writer } = writeOf({ user: { username: 'admin' }, impersonatedUser: { username: 'bob', groups: ['dev'] } })
  assert.deepEqual([writer.user, writer.groups, writer.impersonator], ['bob', ['dev'], 'admin'])
})

test('what wrote nothing is none: reads, dry runs, refusals, other stages, and what is no event', () => {
  for (const parts of [
    { verb: 'get' },
    { requestURI: '/apis/apps/v1/namespaces/shop/deployments/web?dryRun=All&fieldManager=kubectl-patch' },
    { requestURI: '/apis/apps/v1/namespaces/shop/deployments/web?force=true&dryRun=All' },
    { responseStatus: { code: 403 } },
    { stage: 'RequestReceived' },
    { objectRef: undefined },
    { requestReceivedTimestamp: 'yesterday' },
  ])
    assert.equal(readAuditEvent(event(parts)), undefined, JSON.stringify(parts))
  for (const nothing of [undefined, null, 7, 'text', [], {}]) assert.equal(readAuditEvent(nothing), undefined)
  assert.equal(readAuditLine('{"kind":"Event",'), undefined)
  assert.equal(readAuditBatch({ items: 'none' }), undefined)
  assert.equal(readAuditBatch({ kind: 'EventList', items: [event(), null, event({ verb: 'get' })] })?.length, 1)
})

/** An episode in which a program wrote replicas, after these writes were told. */
function attributed(writes: readonly AuditWrite[], actor: Partial<EpisodeField['actor']> = {}, parts: object = {}) {
  const recent = createRecentWrites()
  recent.add({ cluster: 'one', writes })
  const field: EpisodeField = {
    path: '/spec/replicas',
    class: 'changed',
    desired: 3,
    live: 11,
    actor: { manager: 'kubectl', operation: 'Update', time: SECOND, ...actor },
  }
  const seen = Date.parse('2026-03-01T10:00:06Z') / 1000
  const object = drifted('web', { resource: 'deployments', fields: [field], ...parts })
  const episode = advanceEpisode(undefined, sighting(shop, seen, [object], { cause: 'live' }))
  assert.ok(episode !== undefined)
  return attributeEpisode(episode, recent)
}

const userOf = (episode: ReturnType<typeof attributed>) => episode.objects[0]?.fields[0]?.actor?.user

test('who wrote in the second that managedFields name is the user', () => {
  const episode = attributed([writeOf()])
  assert.equal(userOf(episode), 'alice')
  assert.equal(episode.audited, true)
  assert.deepEqual(
    episode.objects[0]?.writers?.map(({ user, userAgent }) => [user, userAgent]),
    [['alice', 'kubectl/v1.36.0']],
  )
  assert.deepEqual(actorsOf(episode), ['kubectl by alice'])
})

test('a request that took long may be it, and others are not', () => {
  const long = {
    requestReceivedTimestamp: '2026-03-01T10:00:03.000000Z',
    stageTimestamp: '2026-03-01T10:00:05.000100Z',
  }
  assert.equal(userOf(attributed([writeOf(long)])), 'alice')
  const others = [
    { requestReceivedTimestamp: '2026-03-01T10:00:06.000000Z', stageTimestamp: '2026-03-01T10:00:06.100000Z' },
    { requestReceivedTimestamp: '2026-03-01T10:00:04.000000Z', stageTimestamp: '2026-03-01T10:00:04.900000Z' },
    { verb: 'delete' },
    { objectRef: { resource: 'deployments', namespace: 'shop', name: 'web', apiGroup: 'apps', subresource: 'scale' } },
    { objectRef: { resource: 'deployments', namespace: 'shop', name: 'api', apiGroup: 'apps' } },
    { objectRef: { resource: 'deployments', namespace: 'other', name: 'web', apiGroup: 'apps' } },
  ]
  for (const parts of others) assert.equal(userOf(attributed([writeOf(parts)])), undefined, JSON.stringify(parts))
  assert.equal(userOf(attributed([writeOf(others[3])], { subresource: 'scale' })), 'alice')
})

test('kubectl scale leaves no time in managedFields: who scaled shortly before it was seen is the user', () => {
  const scaled = { objectRef: { ...event().objectRef, subresource: 'scale' } }
  const actor = { manager: 'kubectl', operation: 'Update', subresource: 'scale' } as const
  const untimed = { fields: [{ path: '/spec/replicas', class: 'changed', desired: 3, live: 11, actor }] }
  assert.equal(userOf(attributed([writeOf(scaled)], {}, untimed)), 'alice')
  for (const parts of [
    {},
    { ...scaled, requestReceivedTimestamp: '2026-03-01T10:00:08Z', stageTimestamp: '2026-03-01T10:00:08Z' },
    { ...scaled, requestReceivedTimestamp: '2026-03-01T09:59:00Z', stageTimestamp: '2026-03-01T09:59:00Z' },
  ])
    assert.equal(userOf(attributed([writeOf(parts)], {}, untimed)), undefined, JSON.stringify(parts))
})

test('whoever scales once more, to another number, is the user from then on', () => {
  const scaled = (user: string, second: string) =>
    writeOf({
      objectRef: { ...event().objectRef, subresource: 'scale' },
      user: { username: user },
      requestReceivedTimestamp: second,
      stageTimestamp: second,
    })
  const recent = createRecentWrites()
  const writes = [scaled('alice', '2026-03-01T10:00:05Z'), scaled('bob', '2026-03-01T10:05:05Z')]
  recent.add({ cluster: 'one', writes })
  const seen = (before: Parameters<typeof advanceEpisode>[0], live: number, at: string) => {
    const actor = { manager: 'kubectl', operation: 'Update', subresource: 'scale' } as const
    const field: EpisodeField = { path: '/spec/replicas', class: 'changed', desired: 3, live, actor }
    const object = drifted('web', { resource: 'deployments', fields: [field] })
    const episode = advanceEpisode(before, sighting(shop, Date.parse(at) / 1000, [object], { cause: 'live' }))
    assert.ok(episode !== undefined)
    return attributeEpisode(episode, recent)
  }
  const first = seen(undefined, 11, '2026-03-01T10:00:06Z')
  const again = seen(first, 11, '2026-03-01T10:03:00Z')
  const second = seen(again, 12, '2026-03-01T10:05:06Z')
  assert.deepEqual([first, again, second].map(userOf), ['alice', 'alice', 'bob'])
})

test('two that may be it are told as two, and the field has neither', () => {
  const episode = attributed([writeOf(), writeOf({ user: { username: 'bob' } })])
  assert.equal(userOf(episode), undefined)
  assert.deepEqual(
    episode.objects[0]?.writers?.map(({ user }) => user),
    ['alice', 'bob'],
  )
  assert.deepEqual(actorsOf(episode), ['alice or bob', 'kubectl'])
})

test('where bodies are given, who changed nothing is none of the two: the resourceVersion is as it was', () => {
  const answer = (resourceVersion: string) => ({ responseObject: { metadata: { resourceVersion } } })
  const later = {
    user: { username: 'bob' },
    requestReceivedTimestamp: '2026-03-01T10:00:05.300000Z',
    stageTimestamp: '2026-03-01T10:00:05.400000Z',
  }
  const alice = writeOf(answer('7'))
  assert.equal(alice.version, '7')
  assert.equal(userOf(attributed([alice, writeOf({ ...later, ...answer('7') })])), 'alice')
  assert.equal(userOf(attributed([alice, writeOf({ ...later, ...answer('8') })])), undefined)
  // Both were under way at a time: which of them came second cannot be told.
  assert.equal(userOf(attributed([alice, writeOf({ user: { username: 'bob' }, ...answer('7') })])), undefined)
  const unchanged = { ...event().objectRef, resourceVersion: '7' }
  assert.equal(readAuditEvent(event({ verb: 'update', objectRef: unchanged, ...answer('7') })), undefined)
  assert.notEqual(readAuditEvent(event({ verb: 'update', objectRef: unchanged, ...answer('8') })), undefined)
})

test('who deleted an object is found by the verb, alone or with its collection', () => {
  const missing = { state: 'missing', fields: [] } as const
  const one = attributed([writeOf({ verb: 'delete' })], {}, missing)
  const all = writeOf({
    verb: 'deletecollection',
    objectRef: { resource: 'deployments', namespace: 'shop', apiGroup: 'apps' },
  })
  for (const episode of [one, attributed([all], {}, missing)]) assert.deepEqual(actorsOf(episode), ['alice'])
  assert.equal(attributed([writeOf()], {}, missing).objects[0]?.writers, undefined)
})

test('without audit events an episode says nothing of people', () => {
  const recent = createRecentWrites()
  const episode = advanceEpisode(undefined, sighting(shop, 1, [drifted('web')]))
  assert.ok(episode !== undefined)
  assert.equal(attributeEpisode(episode, recent), episode)
  assert.equal(episode.audited, undefined)
})

test('what is remembered of writes is bounded, by number, by object and by time', () => {
  const recent = createRecentWrites()
  const at = (seconds: number, name: string): AuditWrite => ({
    ...writeOf(),
    object: `apps/deployments/shop/${name}`,
    answered: seconds,
  })
  recent.add({ cluster: 'one', writes: Array.from({ length: 200 }, (_, index) => at(index, 'web')) })
  assert.equal(recent.of('one', 'apps/deployments/shop/web').length, 50)
  recent.add({ cluster: 'one', writes: Array.from({ length: 60_000 }, (_, index) => at(300, `app-${index}`)) })
  assert.equal(recent.of('one', 'apps/deployments/shop/web').length, 0)
  assert.equal(recent.of('one', 'apps/deployments/shop/app-59999').length, 1)
  recent.add({ cluster: 'one', writes: [at(4000, 'late')] })
  assert.equal(recent.of('one', 'apps/deployments/shop/app-59999').length, 0)
})

test('a log is followed over lines that are cut, rotation and truncation', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'audit-log-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'audit.log')
  const followed = followLog(path)
  t.after(() => followed.close())
  assert.deepEqual(followed.read(), [])
  await writeFile(path, 'one\ntw')
  assert.deepEqual(followed.read(), ['one'])
  await appendFile(path, 'ö\nthree\n')
  assert.deepEqual(followed.read(), ['twö', 'three'])
  await appendFile(path, 'last of the old\n')
  await rename(path, `${path}.1`)
  await writeFile(path, 'first of the new\n')
  assert.deepEqual(followed.read(), ['last of the old', 'first of the new'])
  await writeFile(path, 'anew\n')
  assert.deepEqual(followed.read(), ['anew'])
  await appendFile(path, `${'x'.repeat(1_500_000)}\nafter\n`)
  assert.deepEqual(followed.read(), ['after'])
})
