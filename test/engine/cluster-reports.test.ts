import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClusterReports } from '../../src/engine/live/cluster-reports.ts'
import type { ClusterStatus } from '../../src/model/clusters/cluster.ts'
import type { FleetUpdate } from '../../src/model/fleet.ts'

function reportsOf(names: readonly string[]) {
  let time = 1000
  const emitted: FleetUpdate[][] = []
  const statuses = new Map<string, ClusterStatus>()
  const statusOf = (name: string): ClusterStatus =>
    statuses.get(name) ?? { name, up: true, server: '', requests: [], watchRestarts: 0 }
  const labels = {}
  const clusters = names.map((name) => ({ spec: { name, labels }, connector: { status: () => statusOf(name) } }))
  const reports = createClusterReports(
    () => time,
    (updates) => emitted.push([...updates]),
  )
  return {
    change(name: string, part: Partial<ClusterStatus>) {
      statuses.set(name, { ...statusOf(name), ...part })
    },
    /** What is told in so many seconds, one after another. */
    told(seconds: number): readonly (readonly string[])[] {
      emitted.length = 0
      for (let second = 0; second < seconds; second += 1) {
        time += 1000
        reports.tick(clusters)
      }
      return emitted.map((updates) =>
        updates.map((update) => (update.type === 'cluster' ? update.report.status.name : update.type)),
      )
    },
  }
}

test('that a cluster is there, or what it fails of, is told at once, and its counters with those of all others', () => {
  const { change, told } = reportsOf(['one', 'two'])
  assert.deepEqual(told(1), [['one', 'two']])
  change('one', { lastContact: 5 })
  assert.deepEqual(told(3), [])
  change('two', { lastContact: 6, watchRestarts: 1 })
  const failure = { code: 'GDE_CLUSTER_UNREACHABLE', message: 'gone' } as const
  change('one', { up: false, failure })
  assert.deepEqual(told(1), [['one']])
  change('one', { up: false, failure, lastContact: 7 })
  assert.deepEqual(told(11), [['one', 'two']])
  assert.deepEqual(told(40), [], 'nothing has changed')
  change('two', { lastContact: 8 })
  assert.deepEqual(told(15), [['two']])
})
