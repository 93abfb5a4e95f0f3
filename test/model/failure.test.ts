import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureLine, failurePosition } from '../../src/model/failure.ts'

test('a failure is one line with place, app and code', () => {
  const where = { file: 'shop/a.yaml', line: 3, column: 7, app: 'shop' }
  assert.equal(
    failureLine({ code: 'GDE_RENDER_YAML', message: 'no YAML', ...where }),
    'shop/a.yaml:3:7: app shop: no YAML (GDE_RENDER_YAML)',
  )
  assert.equal(failureLine({ code: 'GDE_STALE', message: 'too old' }), 'too old (GDE_STALE)')
})

test('names and messages from a repository do nothing to a terminal', () => {
  const hostile = 'a\u001b]0;title\u0007\u009b\u202e\nb'
  const shown = 'a\\u001b]0;title\\u0007\\u009b\\u202e'
  assert.equal(failurePosition({ file: hostile, line: 1 }), `${shown}\\u000ab:1`)
  assert.equal(failureLine({ code: 'GDE_RENDER_HELM', message: hostile }), `${shown}\nb (GDE_RENDER_HELM)`)
})
