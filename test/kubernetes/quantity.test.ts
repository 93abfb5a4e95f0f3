import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseQuantity, sameQuantity } from '../../src/kubernetes/quantity.ts'
import { sameTime } from '../../src/kubernetes/time.ts'
import fc from '../fast-check.ts'

const NANO = 1_000_000_000n

test('quantities are read in all their spellings', () => {
  const cases: readonly (readonly [string | number, bigint])[] = [
    ['1', NANO],
    ['+1', NANO],
    ['-1', -NANO],
    ['1.', NANO],
    ['.5', NANO / 2n],
    // The server trims what it decodes.
    [' 1 ', NANO],
    ['100m', NANO / 10n],
    ['1k', 1000n * NANO],
    ['1Ki', 1024n * NANO],
    ['1.5Gi', 3n * 512n * 1024n * 1024n * NANO],
    ['1e3', 1000n * NANO],
    ['1E-3', NANO / 1000n],
    ['1E', 1_000_000_000_000_000_000n * NANO],
    ['2Ei', (1n << 61n) * NANO],
    [0.25, NANO / 4n],
    ['1n', 1n],
    // Smaller than a billionth: rounded up.
    ['0.1n', 1n],
    ['-0.1n', -1n],
  ]
  for (const [text, nanos] of cases) assert.equal(parseQuantity(text), nanos, String(text))
})

test('what is no quantity is none', () => {
  for (const text of [
    '',
    ' ',
    '1 Gi',
    'one',
    '1ki',
    '1KiB',
    '.',
    '-',
    '1e',
    '1e99999',
    'Mi',
    '0x1',
    '1'.repeat(300),
    true,
    null,
    {},
  ])
    assert.equal(parseQuantity(text), undefined, String(text))
})

test('quantities are the same by value, rounded as resource lists are', () => {
  assert.ok(sameQuantity('0.1', '100m'))
  assert.ok(sameQuantity('100u', '1m'))
  assert.ok(!sameQuantity('1m', '100u'))
  assert.ok(!sameQuantity('1G', '1Gi'))
  assert.ok(!sameQuantity('one', 'one '))
})

test('a number and its thousandths are the same quantity', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (number) => {
      assert.ok(sameQuantity(`${number}`, `${BigInt(number) * 1000n}m`))
      assert.ok(sameQuantity(`${BigInt(number) * 1024n}`, `${number}Ki`))
      assert.ok(!sameQuantity(`${number}`, `${BigInt(number) + 1n}`))
    }),
  )
})

test('times are the same by instant, as exact as their type', () => {
  assert.ok(sameTime('2026-01-01T01:00:00.7+01:00', '2026-01-01T00:00:00Z', 'time'))
  assert.ok(sameTime('2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00.123456Z', 'microTime'))
  assert.ok(!sameTime('2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00Z', 'microTime'))
  assert.ok(!sameTime('2026-01-01', '2026-01-01', 'time'))
  assert.ok(!sameTime('2026-13-01T00:00:00Z', '2026-13-01T00:00:00Z', 'time'))
})
