import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { registerEventLoopLag } from '../../src/metrics/event-loop-lag.ts'

const DEADLINE_MS = 60_000

test('what a loop lags is what its timers are late, without the time between two looks', async (t) => {
  const registry = new Registry()
  const stop = registerEventLoopLag(registry)
  t.after(stop)
  const seconds = async (which: string): Promise<number> => {
    const metrics = await registry.getMetricsAsJSON()
    return Number(metrics.find(({ name }) => name === `nodejs_eventloop_lag_${which}_seconds`)?.values[0]?.value)
  }
  const until = async (isSo: () => Promise<boolean>, what: string): Promise<void> => {
    const deadline = performance.now() + DEADLINE_MS
    while (!(await isSo())) {
      assert.ok(performance.now() < deadline, what)
      await pause(100)
    }
  }
  await until(async () => (await seconds('min')) > 0 && (await seconds('min')) < 0.1, 'a loop at rest does not lag')
  await until(async () => {
    const end = performance.now() + 1500
    while (performance.now() < end);
    await pause(0)
    return (await seconds('max')) > 0.9 && (await seconds('p99')) > 0.9
  }, 'one that is held up lags as long')
})
