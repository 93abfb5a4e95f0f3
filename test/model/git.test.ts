import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasMoved } from '../../src/model/sources/git.ts'

test('a repository has moved when it is known at all, when refs moved, and when it can be read again', () => {
  const [up, down] = [
    { refsVersion: 1, up: true },
    { refsVersion: 1, up: false },
  ]
  assert.equal(hasMoved(undefined, down), true)
  assert.equal(hasMoved(up, { refsVersion: 2, up: true }), true)
  assert.equal(hasMoved(up, { refsVersion: 2, up: false }), true)
  assert.equal(hasMoved(down, up), true)
  assert.equal(hasMoved(up, up), false)
  assert.equal(hasMoved(up, down), false)
  assert.equal(hasMoved(down, down), false)
})
