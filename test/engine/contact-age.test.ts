import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createContactAge } from '../../src/engine/contact-age.ts'

test('a contact ages with the uptime from when it is first seen, whatever its time stamp', () => {
  let uptime = 5000
  const age = createContactAge(() => uptime)
  assert.equal(age(1_000_000), 0)
  uptime += 700
  assert.equal(age(1_000_000), 700)
  assert.equal(age(900_000), 0, 'a new one after the clock was set back')
  uptime += 100
  assert.equal(age(900_000), 100)
  assert.equal(age(9_000_000), 0, 'and one after it was set forward')
})
