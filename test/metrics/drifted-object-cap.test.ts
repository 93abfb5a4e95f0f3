import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDriftedObjectCap } from '../../src/metrics/drifted-object-cap.ts'
import type { AppId } from '../../src/model/identity.ts'
import fc from '../fast-check.ts'

// Ten thousand apps that drift at once must not flood Prometheus: their series are shared out.

const app = (number: number): AppId => `app-${number}` as AppId
const objects = (count: number) => ({ listed: count, all: count })

function withApps(apps: number, each: number, limit?: number) {
  const cap = createDriftedObjectCap(limit)
  for (let number = 0; number < apps; number += 1) cap.set(app(number), objects(each))
  return cap
}

const shownIn = (cap: ReturnType<typeof withApps>, apps: number): readonly number[] =>
  Array.from({ length: apps }, (_, number) => cap.shown(app(number)))
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

test('an app alone shows fifty of its objects', () => {
  const cap = withApps(1, 60)
  assert.equal(cap.shown(app(0)), 50)
  assert.equal(cap.omitted, 10)
  assert.equal(cap.shown(app(1)), 0)
})

test('ten thousand apps of ten objects that all drift show 20,000 of them, two of each', () => {
  const cap = withApps(10_000, 10)
  const shown = shownIn(cap, 10_000)
  assert.deepEqual(new Set(shown), new Set([2]))
  assert.equal(cap.omitted, 80_000)
})

test('apps with few objects show all, those with many give way', () => {
  const cap = withApps(10, 1, 60)
  for (const big of [100, 101, 102]) cap.set(app(big), objects(40))
  assert.deepEqual(new Set(shownIn(cap, 10)), new Set([1]))
  assert.equal(cap.shown(app(100)), 16)
  assert.equal(cap.omitted, 3 * 24)
})

test('what makes other apps show fewer or more names those, and nothing else does', () => {
  const cap = withApps(4, 20, 100)
  assert.deepEqual(cap.set(app(9), objects(5)), [])
  assert.deepEqual(cap.set(app(8), objects(30)), [app(0), app(1), app(2), app(3)])
  assert.equal(cap.shown(app(0)), 19)
  assert.deepEqual(cap.set(app(8), objects(30)), [])
  assert.deepEqual(cap.set(app(8), objects(0)), [app(0), app(1), app(2), app(3)])
  assert.equal(cap.shown(app(0)), 20)
})

test('with more apps than series those that came first have one each, and places that become free are taken', () => {
  const cap = withApps(5, 3, 3)
  assert.deepEqual(shownIn(cap, 5), [1, 1, 1, 0, 0])
  assert.deepEqual(cap.set(app(1), objects(0)), [app(3)])
  assert.deepEqual(shownIn(cap, 5), [1, 0, 1, 1, 0])
  assert.deepEqual(cap.set(app(4), objects(0)), [])
  assert.deepEqual(cap.set(app(0), objects(0)), [])
  assert.deepEqual(shownIn(cap, 5), [0, 0, 1, 1, 0])
})

test('whatever drifts in whatever order, the limit holds and every app that changed is named', () => {
  const steps = fc.array(fc.tuple(fc.nat(12), fc.nat(70), fc.nat(10)), { maxLength: 60 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 120 }), (changes, limit) => {
      const cap = createDriftedObjectCap(limit)
      const now = new Map<number, { readonly listed: number; readonly all: number }>()
      for (const [number, listed, more] of changes) {
        const before = shownIn(cap, 13)
        const next = { listed, all: listed + more }
        const named = cap.set(app(number), next)
        now.set(number, next)
        const after = shownIn(cap, 13)
        assert.ok(sum(after) <= limit)
        assert.equal(cap.omitted, sum([...now.values()].map(({ all }) => all)) - sum(after))
        const drifting = [...now.values()].filter((one) => one.listed > 0).length
        assert.equal(after.filter((shown) => shown > 0).length, Math.min(drifting, limit))
        for (const [other, shown] of after.entries())
          if (shown !== before[other]) assert.ok(other === number || named.includes(app(other)), `app-${other}`)
      }
    }),
  )
})
