import type { ErrorCode } from '../model/errors.ts'
import type { Fleet } from '../model/fleet.ts'
import type { Log } from '../model/log.ts'
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

/** Not the apps: this is asked several times a second, while there may be 50,000 of them. */
type FirstPassFleet = Pick<Fleet, 'destinations' | 'clusters' | 'firstPassEndedAt'>

export interface ReadinessOptions {
  readonly fleet: FirstPassFleet
  readonly metrics: Pick<Exposition, 'ready'>
  readonly log: Log
  readonly now: () => number
  readonly firstPassTimeoutSeconds: number
}

/**
 * Ready once the first pass has ended and can be scraped, or took too long to wait for: one dead cluster must not keep the verdicts of
 * the others from being scraped. Where there are apps and none has a verdict there is nothing to scrape, however long it takes. The
 * listeners exist only after a config was loaded, so that check has passed by then.
 */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { fleet, metrics, now, log, firstPassTimeoutSeconds } = options
  const deadline = now() + firstPassTimeoutSeconds
  let stopping = false
  const timer = setInterval(logProgress, firstPassTimeoutSeconds * 1000).unref()

  function logProgress(): void {
    if (fleet.firstPassEndedAt !== undefined) {
      clearInterval(timer)
      return
    }
    const { apps, waiting, clusters } = firstPassProgress(fleet)
    log('warn', 'the first pass is not done', {
      ...{ apps, waiting },
      clusters: clusters.slice(0, SHOWN_CLUSTERS).map(({ cluster, waiting: count, reason }) => ({
        ...{ cluster, waiting: count },
        ...(reason !== undefined && { reason }),
      })),
    })
  }

  function firstPass(): Check {
    const name = 'first-pass'
    if (fleet.firstPassEndedAt !== undefined && metrics.ready) return { name, passed: true, detail: 'ok' }
    const progress = firstPassProgress(fleet)
    const missing = progressText(progress)
    if (now() < deadline) return { name, passed: false, detail: `not done yet${missing}` }
    const isAnyJudged = progress.apps === 0 || progress.waiting < progress.apps
    const detail = `not done after ${firstPassTimeoutSeconds} s, ${isAnyJudged ? 'not waited for' : 'and no app is judged'}`
    return { name, passed: isAnyJudged, detail: detail + missing }
  }

  return {
    checks: () => [
      { name: 'config', passed: true, detail: 'ok' },
      firstPass(),
      { name: 'shutdown', passed: !stopping, detail: stopping ? 'shutting down' : 'ok' },
    ],
    stop() {
      stopping = true
      clearInterval(timer)
    },
  }
}

interface FirstPassProgress {
  readonly apps: number
  readonly waiting: number
  /** Where they wait, the most first. */
  readonly clusters: readonly { readonly cluster: string; readonly waiting: number; readonly reason?: ErrorCode }[]
}

/** The others are on `gitops_apps_waiting`. */
const SHOWN_CLUSTERS = 10

function firstPassProgress(fleet: FirstPassFleet): FirstPassProgress {
  const all = [...fleet.destinations]
  const clusters = all
    .flatMap(([cluster, { waiting }]) => {
      if (waiting === 0) return []
      // The code alone: messages may name addresses, and this listener is for everybody.
      const reason = fleet.clusters.get(cluster)?.status.failure?.code
      return [{ cluster, waiting, ...(reason !== undefined && { reason }) }]
    })
    .sort((one, other) => other.waiting - one.waiting || (one.cluster < other.cluster ? -1 : 1))
  return {
    apps: all.reduce((sum, [, { apps }]) => sum + apps, 0),
    waiting: clusters.reduce((sum, { waiting }) => sum + waiting, 0),
    clusters,
  }
}

function progressText({ apps, waiting, clusters }: FirstPassProgress): string {
  if (waiting === 0) return ''
  const shown = clusters
    .slice(0, SHOWN_CLUSTERS)
    .map(({ cluster, waiting: count, reason }) => `${cluster} ${count}${reason === undefined ? '' : ` (${reason})`}`)
  const more = clusters.length - shown.length
  const where = more > 0 ? [...shown, `${more} more clusters`] : shown
  return `: ${waiting} of ${apps} apps wait for their first verdict: ${where.join(', ')}`
}

/** In the way of Kubernetes' own `/readyz?verbose`. */
export function checksText(checks: readonly Check[], verbose: boolean): string {
  const passed = checks.every((check) => check.passed)
  if (passed && !verbose) return 'ok\n'
  const lines = checks.map(({ name, passed: ok, detail }) => `[${ok ? '+' : '-'}]${name} ${detail}\n`)
  return `${lines.join('')}readyz check ${passed ? 'passed' : 'failed'}\n`
}
