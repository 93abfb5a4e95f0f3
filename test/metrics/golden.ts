import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Holds text to a file that people read in review. `UPDATE_GOLDEN=1` writes the file anew, never in CI.
 */
export function assertGolden(folder: string, name: string, actual: string): void {
  const path = join(folder, 'golden', name)
  if (process.env.UPDATE_GOLDEN !== undefined && process.env.CI === undefined) writeFileSync(path, actual)
  assert.ok(existsSync(path), `${path} is not there`)
  assert.equal(actual, readFileSync(path, 'utf8'))
}
