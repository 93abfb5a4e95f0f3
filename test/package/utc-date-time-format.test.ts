import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from 'esbuild'
import * as original from 'node-cron'
import { bundledSource } from '../../build/bundled-source.ts'

const RUNS = 200
const UTC = { timezone: 'Etc/UTC' } as const

test('schedules of the bundle run when those of the library do, without languages and time zones', async () => {
  const bundled = await bundleOfNodeCron()
  // Months of different lengths, leap days, weekdays, midnight, ranges and steps.
  for (const expression of [
    '*/10 * * * *',
    '0 0 * * *',
    '59 23 31 * *',
    '30 2 29 2 *',
    '0 8-18/3 * 1,6-9 1-5',
    '15 12 * * 7',
  ]) {
    const [mine, theirs] = [bundled, original].map(({ schedule }) => schedule(expression, () => undefined, UTC))
    assert.ok(mine !== undefined && theirs !== undefined)
    assert.deepEqual(mine.getNextRuns(RUNS), theirs.getNextRuns(RUNS), expression)
    await Promise.all([mine.destroy(), theirs.destroy()])
  }
  assert.throws(
    () => bundled.schedule('0 0 * * *', () => undefined, { timezone: 'Europe/Berlin' }).getNextRuns(1),
    RangeError,
  )
})

async function bundleOfNodeCron(): Promise<typeof original> {
  const { outputFiles } = await build({
    stdin: { contents: "export * from 'node-cron'", resolveDir: import.meta.dirname },
    ...{ bundle: true, format: 'esm', platform: 'node', write: false, plugins: [bundledSource] },
    // The path of its daemon, which is not used.
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
  })
  const text = outputFiles[0]?.text ?? ''
  assert.doesNotMatch(text, /\bIntl\b/)
  return await import(`data:text/javascript,${encodeURIComponent(text)}`)
}
