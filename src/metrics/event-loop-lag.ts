import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, type Registry } from 'prom-client'

/** Fifty times what prom-client has: a sample wakes the thread, and a hundred a second cost more than all else at rest. */
const SAMPLE_MS = 500

type Samples = ReturnType<typeof monitorEventLoopDelay>

/** What prom-client calls them: `nodejs_eventloop_lag_<which>_seconds`. Nanoseconds. */
const READINGS: Readonly<Record<string, (samples: Samples) => number>> = {
  min: ({ min }) => min - SAMPLE_MS * 1e6,
  max: ({ max }) => max - SAMPLE_MS * 1e6,
  mean: ({ mean }) => mean - SAMPLE_MS * 1e6,
  stddev: ({ stddev }) => stddev,
  p50: (samples) => samples.percentile(50) - SAMPLE_MS * 1e6,
  p90: (samples) => samples.percentile(90) - SAMPLE_MS * 1e6,
  p99: (samples) => samples.percentile(99) - SAMPLE_MS * 1e6,
}

/**
 * How late timers of the main thread were since the last scrape, in place of prom-client's gauges of these names. Those have the time between two samples
 * in them, which Node records with the delay, so that a loop at rest seems to lag.
 * @returns ends the measuring
 */
export function registerEventLoopLag(registry: Registry): () => void {
  const samples = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  samples.enable()
  // All are read before the first is gathered, since they begin anew together.
  const readAll = (): void => {
    if (samples.count === 0) return
    for (const { gauge, nanoseconds } of gauges) gauge.set(Math.max(0, nanoseconds(samples)) / 1e9)
    samples.reset()
  }
  const gauges = Object.entries(READINGS).map(([which, nanoseconds], index) => {
    const name = `nodejs_eventloop_lag_${which}_seconds`
    registry.removeSingleMetric(name)
    const help = `How late timers of the main thread were since the last scrape (${which}).`
    const collect = index === 0 ? { collect: readAll } : {}
    return { gauge: new Gauge({ name, help, registers: [registry], ...collect }), nanoseconds }
  })
  return () => samples.disable()
}
