import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logTransitions } from '../../src/commands/run/log-transitions.ts'
import type { FleetUpdate } from '../../src/model/fleet.ts'
import type { Json } from '../../src/model/json.ts'
import type { Verdict } from '../../src/model/verdicts/verdict.ts'
import { appReport, clusterReport, repositoryStatus } from '../metrics/reports.ts'
import { type TestFleet, testFleet } from '../metrics/test-fleet.ts'

const START = 1_732_300_000
const DEAD = { code: 'GDE_CLUSTER_UNREACHABLE', message: 'it does not answer', cluster: 'prod-us' } as const

interface Watched {
  readonly fleet: TestFleet
  readonly lines: {
    readonly level: string
    readonly message: string
    readonly fields: Readonly<Record<string, Json>>
  }[]
  /** Seconds pass. */
  pass(seconds: number): void
}

/** Time passes as a test says. */
function watched(context: {
  readonly mock: { readonly timers: { enable(options: { apis: ['setTimeout'] }): void; tick(ms: number): void } }
}): Watched {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const fleet = testFleet()
  const lines: Watched['lines'] = []
  let now = START
  logTransitions(fleet, {
    now: () => now,
    log: (level, message, fields = {}) => lines.push({ level, message, fields }),
  })
  return {
    fleet,
    lines,
    pass(seconds) {
      for (let second = 0; second < seconds; second++) {
        now += 1
        context.mock.timers.tick(1_000)
      }
    },
  }
}

function app(name: string, verdict: Partial<Verdict> = {}): FleetUpdate {
  return { type: 'app', report: appReport(name, {}, verdict) }
}

function cluster(up: boolean): FleetUpdate {
  return { type: 'cluster', report: clusterReport('prod-us', { up, ...(!up && { failure: DEAD }) }) }
}

test('an app that drifts, and is as Git says again, is a line each: since when, and how long it was so', (context) => {
  const { fleet, lines, pass } = watched(context)
  fleet.publish(app('shop'))
  pass(60)
  assert.deepEqual(lines, [])
  fleet.publish(app('shop', { outcome: { status: 'OutOfSync', cause: 'live' }, outOfSyncSince: START + 58 }))
  pass(102)
  fleet.publish(app('shop'))
  pass(10)
  assert.deepEqual(lines, [
    {
      level: 'warn',
      message: 'app shop in prod-us: Synced → OutOfSync',
      fields: {
        app: 'shop in prod-us',
        was: 'Synced',
        is: 'OutOfSync',
        since: '2024-11-22T18:27:38.000Z',
        lastedSeconds: 58,
      },
    },
    {
      level: 'info',
      message: 'app shop in prod-us: OutOfSync → Synced',
      fields: {
        app: 'shop in prod-us',
        was: 'OutOfSync',
        is: 'Synced',
        since: '2024-11-22T18:29:22.000Z',
        lastedSeconds: 104,
      },
    },
  ])
})

test('a dead cluster of 300 apps is a line of the cluster and one of its apps, with the code; so is its return', (context) => {
  const { fleet, lines, pass } = watched(context)
  const names = Array.from({ length: 300 }, (_, index) => `app-${index}`)
  fleet.publish(cluster(true), ...names.map((name) => app(name)))
  pass(10)
  fleet.publish(cluster(false))
  for (const name of names)
    fleet.publish(app(name, { outcome: { status: 'Unknown', reason: DEAD }, unknownSince: START + 10 }))
  pass(240)
  assert.deepEqual(
    lines.map(({ level, message, fields }) => [level, message, fields.code, fields.count]),
    [
      ['warn', 'cluster prod-us: up → down', 'GDE_CLUSTER_UNREACHABLE', undefined],
      ['warn', '300 apps: Synced → Unknown (GDE_CLUSTER_UNREACHABLE)', 'GDE_CLUSTER_UNREACHABLE', 300],
    ],
  )
  fleet.publish(cluster(true), ...names.map((name) => app(name)))
  pass(10)
  assert.deepEqual(
    lines.slice(2).map(({ level, message, fields }) => [level, message, fields.lastedSeconds]),
    [
      ['info', 'cluster prod-us: down → up', 240],
      ['info', '300 apps: Unknown (GDE_CLUSTER_UNREACHABLE) → Synced', 240],
    ],
  )
})

test('apps that were something else before are lines of their own', (context) => {
  const { fleet, lines, pass } = watched(context)
  fleet.publish(app('one'), app('two', { outcome: { status: 'OutOfSync', cause: 'live' } }))
  pass(10)
  for (const name of ['one', 'two']) fleet.publish(app(name, { outcome: { status: 'Unknown', reason: DEAD } }))
  pass(10)
  assert.deepEqual(
    lines.map(({ message }) => message),
    [
      'app one in prod-us: Synced → Unknown (GDE_CLUSTER_UNREACHABLE)',
      'app two in prod-us: OutOfSync → Unknown (GDE_CLUSTER_UNREACHABLE)',
    ],
  )
})

test('a cluster that is down from the start is told, one that is up is not', (context) => {
  const { fleet, lines, pass } = watched(context)
  fleet.publish(cluster(false))
  pass(10)
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['cluster prod-us: not known → down'],
  )
})

test('a cluster that was not asked yet is neither up nor down', (context) => {
  const { fleet, lines, pass } = watched(context)
  fleet.publish({ type: 'cluster', report: clusterReport('prod-us', { up: false }) })
  pass(10)
  fleet.publish(cluster(true))
  pass(10)
  assert.equal(lines.length, 0)
})

test('what flaps is written some times a minute, and what is back before it was written not at all', (context) => {
  const { fleet, lines, pass } = watched(context)
  fleet.publish(cluster(true))
  fleet.publish(cluster(false))
  fleet.publish(cluster(true))
  pass(10)
  assert.equal(lines.length, 0)
  for (let turn = 0; turn < 60; turn++) {
    fleet.publish(cluster(turn % 2 === 1))
    pass(6)
  }
  // 360 seconds with a change each six: five lines a minute up and five down.
  assert.ok(lines.length <= 66, String(lines.length))
  fleet.publish(cluster(false))
  pass(70)
  assert.equal(lines.at(-1)?.message, 'cluster prod-us: up → down')
})

test('a repository that cannot be read is a line with the code and no user info, and so is its return', (context) => {
  const { fleet, lines, pass } = watched(context)
  const failure = { code: 'GDE_GIT_UNREACHABLE', message: 'it does not answer' } as const
  const repository = (up: boolean): FleetUpdate => {
    const url = 'https://somebody@git.example.com/platform.git'
    return { type: 'repository', status: repositoryStatus('a', { url, up, ...(!up && { failure }) }) }
  }
  fleet.publish(repository(true))
  pass(60)
  fleet.publish(repository(false))
  pass(240)
  fleet.publish(repository(true))
  pass(10)
  const name = 'https://git.example.com/platform.git'
  assert.deepEqual(
    lines.map(({ level, message, fields }) => [level, message, fields.code, fields.lastedSeconds]),
    [
      ['warn', `repository ${name}: up → down`, 'GDE_GIT_UNREACHABLE', 60],
      ['info', `repository ${name}: down → up`, undefined, 240],
    ],
  )
  assert.equal(lines[0]?.fields.since, new Date((START + 60) * 1000).toISOString())
})

test('a discovery that is read, and is not any more, is told; an app that is gone is not', (context) => {
  const { fleet, lines, pass } = watched(context)
  const sources = (up: boolean): FleetUpdate => ({
    type: 'sources',
    reports: [{ controller: 'argocd', declaredIn: 'control', up }],
    at: START,
  })
  fleet.publish(sources(false), app('shop'))
  pass(10)
  fleet.publish(sources(true))
  pass(10)
  fleet.publish(sources(false), app('shop', { outcome: { status: 'OutOfSync', cause: 'git' } }))
  const [id] = fleet.apps.keys()
  assert.ok(id !== undefined)
  fleet.publish({ type: 'appGone', app: id })
  pass(10)
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['discovery argocd in control: not read → read', 'discovery argocd in control: read → not read'],
  )
})
