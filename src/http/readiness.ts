import type { Fleet } from '../model/fleet.ts'
import type { Exposition } from './ports.ts'

export interface Check {
  readonly name: string
  readonly passed: boolean
  readonly detail: string
}

export interface Readiness {
  checks(): readonly Check[]
  /** Reports not ready from now on, so that no more requests are sent here. */
  stop(): void
}

export interface ReadinessOptions {
  readonly fleet: Fleet
  readonly metrics: Pick<Exposition, 'ready'>
  readonly now: () => number
  readonly firstPassTimeoutSeconds: number
}

/**
 * Ready once the first pass has ended and can be scraped, or took too long to wait for: one dead cluster must not keep the verdicts of
 * the others from being scraped. The listeners exist only after a config was loaded, so that check has passed by then.
 */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { fleet, metrics, now, firstPassTimeoutSeconds } = options
  const deadline = now() + firstPassTimeoutSeconds
  let stopping = false

  function firstPass(): Check {
    const name = 'first-pass'
    if (fleet.firstPassEndedAt !== undefined && metrics.ready) return { name, passed: true, detail: 'ok' }
    if (now() >= deadline)
      return { name, passed: true, detail: `not done after ${firstPassTimeoutSeconds} s, not waited for` }
    return { name, passed: false, detail: 'not done yet' }
  }

  return {
    checks: () => [
      { name: 'config', passed: true, detail: 'ok' },
      firstPass(),
      { name: 'shutdown', passed: !stopping, detail: stopping ? 'shutting down' : 'ok' },
    ],
    stop() {
      stopping = true
    },
  }
}

/** In the way of Kubernetes' own `/readyz?verbose`. */
export function checksText(checks: readonly Check[], verbose: boolean): string {
  const passed = checks.every((check) => check.passed)
  if (passed && !verbose) return 'ok\n'
  const lines = checks.map(({ name, passed: ok, detail }) => `[${ok ? '+' : '-'}]${name} ${detail}\n`)
  return `${lines.join('')}readyz check ${passed ? 'passed' : 'failed'}\n`
}
