import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { WASM_SOURCES } from '../../src/sandbox/built.ts'
import { run } from '../servers/run.ts'

const hasGo = spawnSync('go', ['version']).status === 0
/** In CI a missing Go is a failure. */
const skip = hasGo || process.env.CI !== undefined ? false : 'Go is not installed'

test('the Go code of the sandbox is formatted as gofmt does', { skip }, async () => {
  const { stdout } = await run('gofmt', ['-l', '.'], { folder: WASM_SOURCES })
  assert.equal(stdout, '', 'run gofmt -w on these')
})

test('go vet finds nothing in it', { skip }, async () => {
  // For the platform and with the flags of its build, so that what that compiled is not compiled again.
  const env = { GOOS: 'wasip1', GOARCH: 'wasm', GOFLAGS: '-buildvcs=false' }
  const flags = ['-mod=readonly', '-trimpath', '-buildmode=c-shared']
  await run('go', ['vet', ...flags, './...'], { folder: WASM_SOURCES, env, timeoutSeconds: 280 })
})
