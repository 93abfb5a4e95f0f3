import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awaitsVerdict, type FleetUpdate } from '../../src/model/fleet.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import { createFleetStore } from '../../src/threads/fleet-store.ts'
import { appReport } from '../metrics/reports.ts'

const repository = (name: string): FleetUpdate => ({
  type: 'repository',
  status: { repository: name as RepositoryId, url: name, up: true, refsVersion: 1 },
})

test('a listener hears of each update once it is in the store, until it stops', () => {
  const store = createFleetStore()
  const heard: string[] = []
  const stop = store.subscribe((update) => {
    if (update.type === 'repository')
      heard.push(`${update.status.url} ${store.repositories.has(update.status.repository)}`)
  })
  store.apply([repository('one'), repository('two')])
  stop()
  store.apply([repository('three'), { type: 'repositoryGone', repository: 'one' }])
  assert.deepEqual(heard, ['one true', 'two true'])
  assert.deepEqual([...store.repositories.keys()], ['two', 'three'])
})

test('a listener that fails keeps nothing from the store or from other listeners', () => {
  const store = createFleetStore()
  let heard = 0
  store.subscribe(() => {
    throw new Error('a page cannot be made')
  })
  store.subscribe(() => {
    heard += 1
  })
  assert.throws(() => store.apply([repository('one'), repository('two')]), AggregateError)
  assert.equal(store.repositories.size, 2)
  assert.equal(heard, 2)
})

test('the first pass ends once', () => {
  const store = createFleetStore()
  assert.equal(store.firstPassEndedAt, undefined)
  store.apply([
    { type: 'pass', first: true, endedAt: 5 },
    { type: 'pass', first: false, endedAt: 9 },
  ])
  assert.equal(store.firstPassEndedAt, 5)
})

test('an app that is found as before has the time of that, and no other comes back', () => {
  const store = createFleetStore()
  const synced = appReport('shop')
  const drifted = appReport('cart', {}, { outcome: { status: 'OutOfSync', cause: 'live' } })
  const { evaluatedAt: _never, lastSynced: _nor, ...waits } = appReport('new').verdict
  const waiting = { ...appReport('new'), verdict: waits }
  store.apply([synced, drifted, waiting].map((report) => ({ type: 'app', report })))
  const apps = [...store.apps.keys()]
  store.apply([{ type: 'evaluated', apps: [...apps, appReport('gone').summary.id], at: 1_800_000_000 }])
  store.apply([{ type: 'evaluated', apps, at: 1_700_000_000 }])
  const times = [...store.apps.values()].map(({ verdict }) => [verdict.evaluatedAt, verdict.lastSynced])
  assert.deepEqual(times, [
    [1_800_000_000, 1_800_000_000],
    [1_800_000_000, 1_732_300_000],
    // Its first verdict comes as a report.
    [undefined, undefined],
  ])
})

test('how many apps of each cluster wait is what going through all of them would say', () => {
  const store = createFleetStore()
  let seed = 7
  const pick = (count: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((seed / 2 ** 31) * count)
  }
  const waits = { status: 'Unknown', reason: { code: 'GDE_NOT_EVALUATED', message: 'not evaluated yet' } } as const
  for (let step = 0; step < 2000; step += 1) {
    // One ID a name: the app moves to another cluster, is judged, waits again after a restart of the engine, and goes.
    const report = appReport(`app-${pick(12)}`, { destination: `cluster-${pick(4)}` }, { outcome: waits })
    const { id } = appReport(report.summary.name).summary
    const { evaluatedAt, ...rest } = report.verdict
    const verdict = pick(2) === 0 ? rest : { ...rest, evaluatedAt: evaluatedAt ?? 1 }
    store.apply([
      pick(3) === 0
        ? { type: 'appGone', app: id }
        : { type: 'app', report: { ...report, summary: { ...report.summary, id }, verdict } },
    ])
    const found = new Map<string, { apps: number; waiting: number }>()
    for (const one of store.apps.values()) {
      const count = found.get(one.summary.destination) ?? { apps: 0, waiting: 0 }
      found.set(one.summary.destination, {
        apps: count.apps + 1,
        waiting: count.waiting + (awaitsVerdict(one) ? 1 : 0),
      })
    }
    const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
    assert.deepEqual(sorted(store.destinations), sorted(found), `step ${step}`)
  }
})
