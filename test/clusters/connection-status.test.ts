import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createConnectionStatus } from '../../src/clusters/connection-status.ts'

test('a status is another object exactly when it says something else', () => {
  let [now, server] = [1000, 'https://one']
  const connection = createConnectionStatus(
    'c',
    () => server,
    () => now,
  )
  const changes: readonly (readonly [string, () => void, boolean])[] = [
    ['the first answer', connection.recordSuccess, true],
    ['an answer in the same second', connection.recordSuccess, false],
    [
      'one in the next',
      () => {
        now += 1000
        connection.recordAnswer()
      },
      true,
    ],
    ['a failure', () => connection.recordFailure({ code: 'GDE_CLUSTER_UNREACHABLE', message: 'gone' }), true],
    ['an answer in the same second that leaves the failure', connection.recordAnswer, false],
    ['the end of the failure', connection.recordSuccess, true],
    ['a request', () => connection.countRequest('get', '200'), true],
    ['another one like it', () => connection.countRequest('get', '200'), true],
    ['a watch that was lost', connection.countWatchRestart, true],
    ['a version', () => connection.setVersion('v1.36.0'), true],
    ['the same version', () => connection.setVersion('v1.36.0'), false],
    ['another address', () => (server = 'https://two'), true],
  ]
  for (const [what, change, isNews] of changes) {
    const before = connection.status()
    const text = JSON.stringify(before)
    change()
    const after = connection.status()
    assert.equal(after !== before, isNews, what)
    assert.equal(JSON.stringify(after) !== text, isNews, what)
    assert.equal(JSON.stringify(before), text, `${what} changes what was told before`)
  }
})
